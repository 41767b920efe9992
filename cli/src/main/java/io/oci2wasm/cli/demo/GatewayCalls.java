package io.oci2wasm.cli.demo;

import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/** What a registry and a user call at the gateway (docs/FORMATS.md, "HTTP API"). */
final class GatewayCalls {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final URI gateway;
  private final HttpClient client = HttpClient.newHttpClient();

  GatewayCalls(URI gateway) {
    this.gateway = gateway;
  }

  /** Posts a notification; the gateway's answer. */
  String notify(Notification notification) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(gateway.resolve("/webhooks/distribution"))
            .timeout(LIMIT)
            .header("Content-Type", Notification.CONTENT_TYPE)
            .POST(HttpRequest.BodyPublishers.ofString(notification.json()))
            .build();
    HttpResponse<String> response = send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 202) {
      throw unexpected("announcing a push", response.statusCode(), 202);
    }
    return response.statusCode() + " " + response.body().strip();
  }

  /** Downloads a bundle to {@code file}, which appears only when it is whole. */
  void download(String conversionId, Path file) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(gateway.resolve("/api/v1/bundles/" + conversionId))
            .timeout(LIMIT)
            .build();
    HttpResponse<InputStream> response = send(request, HttpResponse.BodyHandlers.ofInputStream());
    Path temporary = file.resolveSibling(file.getFileName() + ".part");
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        throw unexpected("downloading bundle " + conversionId, response.statusCode(), 200);
      }
      Files.copy(body, temporary, StandardCopyOption.REPLACE_EXISTING);
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return client.send(request, handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while calling the gateway");
    }
  }

  private static UnavailableException unexpected(String doing, int found, int expected) {
    return new UnavailableException(
        doing + ": found HTTP " + found + ", expected " + expected + "; run it again with -v",
        null);
  }
}
