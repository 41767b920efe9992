package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.frame.FrameTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Applies packed layers one after the other, with the result of unpacking their archives in order
 * (image-spec 1.1, layer.md, "Applying Changesets"). Works on a tree in memory only: no name in a
 * layer ever reaches the machine's own files.
 */
public final class LayerMerge {
  private final LayerLimits limits;
  private final DirectoryNode root = new DirectoryNode(Attributes.IMPLICIT_DIRECTORY, 0);
  private final MergeBudget budget;
  private int layers;

  public LayerMerge(LayerLimits limits) {
    this.limits = limits;
    this.budget = new MergeBudget(limits);
  }

  /**
   * Puts the next higher layer on top.
   *
   * @param blob digest of the layer's blob, for messages
   * @param diffId the layer's diffID
   * @param index the packed layer's index
   * @return the frames of the layer's data
   * @throws RejectedException if an entry leads out of the root, has no place, or is one too many
   * @throws IOException if the index cannot be read
   */
  public FrameTable add(Sha256Digest blob, Sha256Digest diffId, Path index)
      throws IOException, RejectedException {
    LayerFaults faults = new LayerFaults(blob);
    EntryApplier applier = new EntryApplier(root, layers++, limits, budget, faults);
    try (LayerIndexReader reader = LayerIndexReader.open(index, diffId)) {
      long metadataBefore = reader.metadataBytes();
      Optional<LayerEntry> entry = reader.next();
      while (entry.isPresent()) {
        EntryPath path = entry.get().path();
        budget.takeEntry(path, faults);
        budget.takeMetadata(reader.metadataBytes() - metadataBefore, path, faults);
        metadataBefore = reader.metadataBytes();
        entry.get().accept(applier);
        entry = reader.next();
      }
      return reader.frames();
    }
  }

  /** The merged tree; no layer can be added after. */
  public FileTree finish() {
    return new FileTree(root);
  }
}
