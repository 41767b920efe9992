package io.oci2wasm.ingest.source.registry;

import java.io.IOException;
import java.io.InputStream;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;

/** A blob on its way to a registry. An upload that breaks is void: it is sent once. */
final class StreamedEntity extends AbstractHttpEntity {
  private final BlobContent content;
  private final long size;

  StreamedEntity(BlobContent content, long size) {
    super(ContentType.APPLICATION_OCTET_STREAM, null);
    this.content = content;
    this.size = size;
  }

  @Override
  public InputStream getContent() throws IOException {
    return content.open();
  }

  @Override
  public long getContentLength() {
    return size;
  }

  @Override
  public boolean isStreaming() {
    return true;
  }

  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public void close() {
    // Each stream is closed by whoever opened it.
  }
}
