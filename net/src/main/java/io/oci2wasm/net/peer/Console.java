package io.oci2wasm.net.peer;

import java.io.InputStream;
import java.io.OutputStream;

/** The container's standard streams. None is closed: they are the process's. */
public record Console(InputStream stdin, OutputStream stdout, OutputStream stderr) {}
