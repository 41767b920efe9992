package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;

/** Counts what a merge holds in memory, and refuses what is too much. */
final class MergeBudget {
  private final LayerLimits limits;
  private long entries;
  private long metadataBytes;

  MergeBudget(LayerLimits limits) {
    this.limits = limits;
  }

  /** Takes one entry, or one directory that an entry implies. */
  void takeEntry(EntryPath path, LayerFaults faults) throws RejectedException {
    if (++entries > limits.maxEntries()) {
      throw refused(path, "more than " + limits.maxEntries() + " entries", faults);
    }
  }

  /** Takes names, targets and attributes of an entry. */
  void takeMetadata(long bytes, EntryPath path, LayerFaults faults) throws RejectedException {
    metadataBytes += bytes;
    if (metadataBytes > limits.maxMetadataBytes()) {
      throw refused(
          path, "over " + limits.maxMetadataBytes() + " bytes of names and attributes", faults);
    }
  }

  private static RejectedException refused(EntryPath path, String found, LayerFaults faults) {
    return faults.refused(
        "entry " + path,
        found + " in the image's layers",
        "no more",
        "put fewer files into the image");
  }
}
