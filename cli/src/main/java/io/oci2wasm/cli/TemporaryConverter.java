package io.oci2wasm.cli;

import io.oci2wasm.converter.convert.ConverterSettings;
import io.oci2wasm.converter.convert.DirectoryLayerStore;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.frame.FrameCompression;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A converter with a temporary folder of its own, which goes with it. */
final class TemporaryConverter implements Closeable {
  private final TemporaryFolder folder;
  private final Optional<Path> layers;
  private final ImageConverter converter;

  private TemporaryConverter(
      TemporaryFolder folder, Optional<Path> layers, ImageConverter converter) {
    this.folder = folder;
    this.layers = layers;
    this.converter = converter;
  }

  /** {@code layerCache}: where converted layers stay; null to keep none. */
  static TemporaryConverter create(@Nullable Path layerCache, FrameCompression compression)
      throws IOException {
    TemporaryFolder folder = TemporaryFolder.create("oci2wasm-");
    Path layers = layerCache != null ? layerCache : folder.path().resolve("layers");
    return new TemporaryConverter(
        folder,
        layerCache == null ? Optional.of(layers) : Optional.empty(),
        new ImageConverter(
            new DirectoryLayerStore(layers),
            ConverterSettings.withDefaults(folder.path()).withCompression(compression)));
  }

  /** Where packed layers go; empty if they may be there already. */
  Optional<Path> freshLayers() {
    return layers;
  }

  ImageConverter converter() {
    return converter;
  }

  Path folder() {
    return folder.path();
  }

  /** A file of this name that goes with the folder. */
  Path file(String name) {
    return folder.path().resolve(name);
  }

  @Override
  public void close() throws IOException {
    folder.close();
  }
}
