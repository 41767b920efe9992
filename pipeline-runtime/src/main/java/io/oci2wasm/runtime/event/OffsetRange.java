package io.oci2wasm.runtime.event;

/** What a partition holds: from its first offset to the one that the next record will have. */
public record OffsetRange(long begin, long end) {}
