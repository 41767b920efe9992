package io.oci2wasm.runtime.store;

/** An object that exists. */
public record ObjectInfo(String key, long size) {}
