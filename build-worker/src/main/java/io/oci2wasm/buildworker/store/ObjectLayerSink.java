package io.oci2wasm.buildworker.store;

import io.oci2wasm.buildworker.step.ConversionMetrics;
import io.oci2wasm.converter.convert.LayerDataFile;
import io.oci2wasm.converter.convert.LayerStore.LayerSink;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A layer being written: into a local file first, because it is not known to be good before its
 * last byte, and because the image that needs it reads it right away. Committed, it is written to
 * the store beside that.
 */
final class ObjectLayerSink implements LayerSink {
  /** To write so much costs hardly more than to look whether another worker has done it. */
  private static final long WRITTEN_UNSEEN = 2 << 20;

  private final ObjectStore store;
  private final String dataKey;
  private final String indexKey;
  private final ConversionMetrics metrics;
  private final boolean anew;
  private final Path data;
  private final OutputStream out;
  private @Nullable StoredLayer committed;

  ObjectLayerSink(
      ObjectStore store,
      String dataKey,
      String indexKey,
      Path scratch,
      ConversionMetrics metrics,
      boolean anew)
      throws IOException {
    this.store = store;
    this.dataKey = dataKey;
    this.indexKey = indexKey;
    this.metrics = metrics;
    this.anew = anew;
    this.data = Files.createTempFile(scratch, "layer-", ".data");
    this.out = Files.newOutputStream(data);
  }

  @Override
  public OutputStream data() {
    return out;
  }

  @Override
  public StoredLayer commit(Path finishedIndex) throws IOException {
    Path index = data.resolveSibling(data.getFileName() + ".index");
    Files.copy(finishedIndex, index, StandardCopyOption.REPLACE_EXISTING);
    StoredLayer layer =
        new LocalLayer(index, data, new LayerDataFile(data), store.beside(() -> write(index)));
    committed = layer;
    return layer;
  }

  /** The index comes last: with it the layer is there. */
  private Path write(Path index) throws IOException {
    boolean looks = !anew && Files.size(data) > WRITTEN_UNSEEN;
    if (looks && store.head(indexKey).isPresent() && store.head(dataKey).isPresent()) {
      metrics.layer(ConversionMetrics.Result.REPEATED);
      return index;
    }
    store.put(dataKey, data);
    store.put(indexKey, index);
    metrics.layer(ConversionMetrics.Result.MADE);
    return index;
  }

  @Override
  public void close() throws IOException {
    out.close();
    if (committed == null) {
      Files.deleteIfExists(data);
    }
  }
}
