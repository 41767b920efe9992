/** The messages between an engine and the owner of its sockets (docs/FORMATS.md). */
@NullMarked
package io.oci2wasm.net.netp;

import org.jspecify.annotations.NullMarked;
