package io.oci2wasm.ingest.source.registry;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;

/** Content that is sent under a watch: waiting for whoever takes it counts, not its making. */
final class WatchedEntity extends HttpEntityWrapper {
  private final StallWatch watch;

  WatchedEntity(HttpEntity content, StallWatch watch) {
    super(content);
    this.watch = watch;
  }

  @Override
  public void writeTo(OutputStream out) throws IOException {
    watch.rest();
    super.writeTo(
        new FilterOutputStream(out) {
          @Override
          public void write(int value) throws IOException {
            watch.awaitBytes();
            out.write(value);
            watch.moved(1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            watch.awaitBytes();
            out.write(bytes, offset, length);
            watch.moved(length);
          }

          @Override
          public void flush() throws IOException {
            watch.awaitBytes();
            out.flush();
            watch.rest();
          }
        });
    watch.awaitAnswer();
  }
}
