package io.oci2wasm.cli.progress;

import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.convert.ConversionEvent;
import java.io.PrintWriter;

/** Shows one conversion to a person. Closing it takes bars off the screen's last line. */
public interface ConversionProgress extends ConversionEvent.Listener, AutoCloseable {
  /** The conversion succeeded. Without this call before {@link #close}, it failed. */
  void finished();

  @Override
  void close();

  /** Bars if a terminal shows {@code err}, else lines. */
  static ConversionProgress create(PrintWriter err, PlatformImage image) {
    long layerBytes = image.manifest().layers().stream().mapToLong(Descriptor::size).sum();
    String platform = image.platform().toString();
    return Terminal.isStderr()
        ? new Bars(platform, layerBytes)
        : new Lines(err, platform, image.manifest().layers().size());
  }
}
