package io.oci2wasm.converter.bundle;

/**
 * A part of a bundle under a licence of its own, e.g. the Linux kernel, and where its source is
 * kept (GPL-2.0, section 3).
 */
public record Component(String name, String version, String licence, String source) {}
