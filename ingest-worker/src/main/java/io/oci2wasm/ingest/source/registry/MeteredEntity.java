package io.oci2wasm.ingest.source.registry;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;

/** Content that is sent piece by piece under someone's eyes. */
final class MeteredEntity extends HttpEntityWrapper {
  /** Is told before so many bytes are sent, and may make them wait. */
  @FunctionalInterface
  interface Meter {
    void passing(long bytes) throws IOException;
  }

  private final Meter meter;

  MeteredEntity(HttpEntity content, Meter meter) {
    super(content);
    this.meter = meter;
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    super.writeTo(
        new FilterOutputStream(out) {
          @Override
          public void write(int value) throws IOException {
            meter.passing(1);
            out.write(value);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            meter.passing(length);
            out.write(bytes, offset, length);
          }
        });
  }
}
