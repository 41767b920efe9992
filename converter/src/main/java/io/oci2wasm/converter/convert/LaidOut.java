package io.oci2wasm.converter.convert;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.BundleWriter.FramesSource;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.frame.FrameTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A bundle of which only the frames are not written yet.
 *
 * @param data the second file; null if there is none
 */
record LaidOut(BundleDescription description, BundleWriter module, @Nullable DataFile data) {
  /** Lays out a bundle of {@code description}, which does not name the data file yet. */
  static LaidOut of(
      BundleDescription description,
      Engine engine,
      byte[] launch,
      FrameTable frames,
      @Nullable DataFile data,
      long maxModuleBytes)
      throws RejectedException, IOException {
    BundleDescription named =
        data == null ? description : description.withData(BundleDescription.Data.of(data));
    ConversionOptions options =
        Objects.requireNonNullElse(description.options(), ConversionOptions.NONE);
    return new LaidOut(
        named,
        new BundleWriter(engine, options, launch, frames, data, named.toJson(), maxModuleBytes),
        data);
  }

  /** Of all that will be written. */
  long sizeBytes() {
    return module.sizeBytes() + Optional.ofNullable(data).map(DataFile::sizeBytes).orElse(0L);
  }

  /**
   * The recipe of what {@link #write} writes.
   *
   * @param engineObject the key of the engine
   * @param metadata the metadata's frames
   * @param layers those of the layers
   */
  Recipe recipe(String engineObject, Piece metadata, List<Piece> layers) {
    List<Piece> frames = new ArrayList<>(List.of(metadata));
    frames.addAll(layers);
    if (data == null) {
      return module.recipe(engineObject, frames, List.of());
    }
    frames.add(new Piece.Inline(data.end()));
    return module.recipe(engineObject, List.of(), frames);
  }

  /** Writes one file or two; each appears when it is whole, the module last. */
  BundleDescription.Module write(BundleOutput output, FramesSource frames) throws IOException {
    try (OutputFile file = new OutputFile(output.module());
        DigestingChannel target = new DigestingChannel(file.channel())) {
      file.write(channel -> module.writeTo(target, data == null ? frames : none -> {}));
      if (data != null) {
        writeData(data, output.data(), frames);
      }
      file.publish();
      return new BundleDescription.Module(target.digest(), module.sizeBytes());
    }
  }

  private static void writeData(DataFile data, Path output, FramesSource frames)
      throws IOException {
    try (OutputFile file = new OutputFile(output)) {
      file.write(
          channel -> {
            frames.writeTo(channel);
            data.writeEnd(channel);
          });
      file.publish();
    }
  }
}
