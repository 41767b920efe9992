package io.oci2wasm.ingest.source.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.NameValuePair;

/** An answer whose body is still to be read. Whoever has it closes its body. */
final class HttpAnswer {
  private final ClassicHttpResponse response;
  private final InputStream body;

  /**
   * @param hangUp ends the connection unless all was read
   */
  HttpAnswer(ClassicHttpResponse response, Runnable hangUp) throws IOException {
    this.response = response;
    HttpEntity entity = response.getEntity();
    InputStream content = entity == null ? InputStream.nullInputStream() : entity.getContent();
    this.body =
        new FilterInputStream(content) {
          @Override
          public void close() throws IOException {
            // The content's close would read the rest, which nobody wants and which may never end.
            hangUp.run();
            try {
              response.close();
            } catch (IOException alreadyBroken) {
              // Nothing is left to close.
            }
          }
        };
  }

  private HttpAnswer(HttpAnswer answer, InputStream body) {
    this.response = answer.response;
    this.body = body;
  }

  /** The same answer with another body, which closes this one's. */
  HttpAnswer withBody(InputStream other) {
    return new HttpAnswer(this, other);
  }

  int status() {
    return response.getCode();
  }

  Optional<String> header(String name) {
    return headers(name).stream().findFirst();
  }

  List<String> headers(String name) {
    return Stream.of(response.getHeaders(name)).map(NameValuePair::getValue).toList();
  }

  /** Content-Length; empty where it is missing, or no number. */
  OptionalLong length() {
    String text = header("Content-Length").orElse("");
    return text.matches("[0-9]{1,18}")
        ? OptionalLong.of(Long.parseLong(text))
        : OptionalLong.empty();
  }

  InputStream body() {
    return body;
  }
}
