package io.oci2wasm.converter.rootfs;

/** An extended attribute: its full name, e.g. {@code security.capability}, and its value. */
public record Xattr(ByteString name, ByteString value) {}
