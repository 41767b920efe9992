package io.oci2wasm.cli.progress;

import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.ConversionEvent.AssemblyStarted;
import io.oci2wasm.converter.convert.ConversionEvent.LayerFinished;
import io.oci2wasm.converter.convert.ConversionEvent.LayerStarted;
import java.io.PrintWriter;

/** A line when something begins or ends: right for logs. */
final class Lines implements ConversionProgress {
  private final PrintWriter err;
  private final String platform;
  private final int layers;
  private int finished;

  Lines(PrintWriter err, String platform, int layers) {
    this.err = err;
    this.platform = platform;
    this.layers = layers;
  }

  @Override
  public synchronized void on(ConversionEvent event) {
    if (event instanceof LayerStarted layer) {
      say("layer " + layer.blob().shortHex() + " (" + Sizes.text(layer.blobSize()) + ")");
    } else if (event instanceof LayerFinished layer) {
      finished++;
      say(
          String.format(
              "layer %s%s, %s of %s",
              layer.blob().shortHex(),
              layer.reused() ? " converted before" : " converted",
              finished,
              layers));
    } else if (event instanceof AssemblyStarted assembly) {
      say("writing " + Sizes.text(assembly.outputSize()));
    }
  }

  private void say(String text) {
    err.println(platform + ": " + text);
    err.flush();
  }

  /** The result's own line says it. */
  @Override
  public void finished() {}

  @Override
  public void close() {}
}
