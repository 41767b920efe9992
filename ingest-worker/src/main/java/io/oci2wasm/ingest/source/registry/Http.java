package io.oci2wasm.ingest.source.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * The HTTP client as it is used here: HTTP/1.1 (a broken body is then one broken connection),
 * redirects left to {@link RegistryTransport}, every wait bounded.
 */
final class Http {
  private static final String USER_AGENT = "oci2wasm";

  private final HttpClient client;
  private final Duration readTimeout;

  Http(RegistryAccess access) {
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(access.connectTimeout())
            .build();
    readTimeout = access.readTimeout();
  }

  /** Sends {@code request}; the caller closes the body. */
  HttpResponse<InputStream> send(HttpRequest.Builder request) throws IOException {
    HttpRequest complete = request.timeout(readTimeout).header("User-Agent", USER_AGENT).build();
    try {
      return client.send(complete, TimedBody.handler(readTimeout));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for an answer");
    }
  }
}
