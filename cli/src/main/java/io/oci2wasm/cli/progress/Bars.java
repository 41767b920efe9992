package io.oci2wasm.cli.progress;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.ConversionEvent.AssemblyProgressed;
import io.oci2wasm.converter.convert.ConversionEvent.AssemblyStarted;
import io.oci2wasm.converter.convert.ConversionEvent.LayerFinished;
import io.oci2wasm.converter.convert.ConversionEvent.LayerProgressed;
import io.oci2wasm.converter.convert.ConversionEvent.LayerStarted;
import java.util.HashMap;
import java.util.Map;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** One bar for all layers' bytes, then one for the output. */
final class Bars implements ConversionProgress {
  private static final int UPDATE_MILLIS = 100;
  private static final long LARGE = 10_000_000;

  /** Columns that stay free, so that no terminal begins a new line. */
  private static final int MARGIN = 2;

  private final String platform;
  private final int width;
  private final Map<Sha256Digest, Long> sizes = new HashMap<>();
  private final Map<Sha256Digest, Long> read = new HashMap<>();
  private final ProgressBar layers;
  private @Nullable ProgressBar output;

  Bars(String platform, long layerBytes) {
    this.platform = platform;
    this.width = Terminal.columns() - MARGIN;
    layers = bar(platform + " layers", layerBytes);
  }

  private ProgressBar bar(String task, long bytes) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(bytes)
        .setUnit(bytes < LARGE ? " kB" : " MB", bytes < LARGE ? 1000 : 1_000_000)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(System.err, width))
        .build();
  }

  @Override
  public synchronized void on(ConversionEvent event) {
    if (event instanceof LayerStarted layer) {
      sizes.put(layer.blob(), layer.blobSize());
    } else if (event instanceof LayerProgressed layer) {
      layerRead(layer.blob(), layer.blobBytes());
    } else if (event instanceof LayerFinished layer) {
      layerRead(layer.blob(), sizes.getOrDefault(layer.blob(), 0L));
    } else if (event instanceof AssemblyStarted assembly) {
      layers.close();
      output = bar(platform + " output", assembly.outputSize());
    } else if (event instanceof AssemblyProgressed assembly && output != null) {
      output.stepTo(assembly.outputBytes());
    }
  }

  private void layerRead(Sha256Digest blob, long bytes) {
    read.put(blob, bytes);
    layers.stepTo(read.values().stream().mapToLong(Long::longValue).sum());
  }

  @Override
  public synchronized void finished() {
    if (output != null) {
      output.stepTo(output.getMax());
    }
  }

  @Override
  public synchronized void close() {
    layers.close();
    if (output != null) {
      output.close();
    }
  }
}
