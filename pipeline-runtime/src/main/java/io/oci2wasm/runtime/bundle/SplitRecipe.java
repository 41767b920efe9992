package io.oci2wasm.runtime.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a recipe gives as the two files of a split bundle (docs/FORMATS.md, "Split bundles"). All
 * that differs is in the recipe itself: nothing else is read for it.
 *
 * @param module gives the module, without frames
 * @param data gives the data file
 */
record SplitRecipe(Recipe module, Recipe data) {
  /** Rises whenever the same recipe of one file gives other files here. */
  static final int VERSION = 2;

  /**
   * Splits a bundle; one that is split in the store stays as it is.
   *
   * @param dataName what the module calls its data file
   * @throws DamagedBundleException if the recipe is not that of a bundle in one file
   */
  static SplitRecipe of(Recipe whole, String dataName) throws DamagedBundleException {
    if (whole.isSplit()) {
      return new SplitRecipe(new Recipe(whole.pieces()), new Recipe(whole.data()));
    }
    try {
      return split(whole.pieces(), dataName);
    } catch (IOException | RuntimeException e) {
      throw new DamagedBundleException(
          String.format(
              "splitting a bundle: found %s, expected the recipe of a bundle; convert the image"
                  + " again with force",
              e.getMessage()),
          e);
    }
  }

  private static SplitRecipe split(List<Piece> pieces, String dataName) throws IOException {
    // The engine, frames of the metadata, frames of the layers, the engine and the description.
    int frames = next(pieces, 0, ObjectKeys::isRootfsMetadata);
    int behind = next(pieces, frames, part -> !isFrames(part));
    DataSectionSize section = DataSectionSize.find(pieces.subList(0, frames));
    PayloadSegments payload =
        PayloadSegments.find(inline(pieces, frames - 1), size(pieces, frames, behind));
    if (next(pieces, behind, SplitRecipe::isFrames) < pieces.size()) {
      throw new IllegalArgumentException("frames in several places");
    }
    int last = pieces.size() - 1;
    DescriptionSection description = DescriptionSection.find(inline(pieces, last));
    DataFile split =
        dataFile(
            dataName,
            payload.frameTable(),
            size(pieces, frames, behind),
            digests(description.json().path("layers")));

    List<Piece> module = new ArrayList<>(pieces.subList(0, frames));
    module.set(frames - 1, new Piece.Inline(payload.split(split)));
    // What the section has lost: all that changed is in it.
    long less = size(pieces, 0, behind) - size(module, 0, frames);
    byte[] head = section.change(inline(module, section.piece()), section.size() - less);
    module.set(section.piece(), new Piece.Inline(head));
    module.addAll(pieces.subList(behind, last));
    module.add(new Piece.Inline(description.split(split)));

    List<Piece> data = new ArrayList<>(pieces.subList(frames, behind));
    data.add(new Piece.Inline(split.end()));
    return new SplitRecipe(new Recipe(module), new Recipe(data));
  }

  private static DataFile dataFile(
      String name, byte[] frameTable, long frames, List<Sha256Digest> layers) {
    try {
      return DataFile.of(name, frameTable, frames, layers);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a data file called \"" + name + '"', e);
    }
  }

  private static boolean isFrames(String part) {
    return ObjectKeys.isRootfsMetadata(part) || ObjectKeys.isLayerData(part);
  }

  /** The first piece from {@code at} on whose object is one of these; else the end. */
  private static int next(List<Piece> pieces, int at, Predicate<String> objects) {
    int found = at;
    while (found < pieces.size()
        && !objects.test(pieces.get(found) instanceof Piece.Stored stored ? stored.object() : "")) {
      found++;
    }
    return found;
  }

  private static long size(List<Piece> pieces, int from, int to) {
    return pieces.subList(from, to).stream().mapToLong(Piece::sizeBytes).sum();
  }

  private static byte[] inline(List<Piece> pieces, int piece) {
    if (piece < 0 || !(pieces.get(piece) instanceof Piece.Inline inline)) {
      throw new IllegalArgumentException("no bytes in the place of piece " + piece);
    }
    ByteBuffer bytes = inline.bytes();
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return copy;
  }

  private static List<Sha256Digest> digests(JsonNode layers) {
    List<Sha256Digest> digests = new ArrayList<>();
    layers.forEach(layer -> digests.add(Sha256Digest.parse(layer.asText())));
    return digests;
  }
}
