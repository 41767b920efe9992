package io.oci2wasm.converter.erofs;

/** Consecutive blocks of a layer's data that go into the image as they are. */
record DataExtent(int layer, long firstBlock, long blocks) {}
