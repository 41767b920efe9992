package io.oci2wasm.runtime.event;

/** The records of a partition: from its first offset to the offset of the next record. */
public record OffsetRange(long begin, long end) {}
