package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.api.RetryAfter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The HTTP endpoint of one subscriber. No redirect is followed, and nothing of an answer is kept.
 */
final class Endpoint {
  private final HttpClient http;
  private final URI url;
  private final SigningKey key;
  private final Duration timeout;
  private final Clock clock;

  Endpoint(URI url, SigningKey key, Duration timeout, Clock clock) {
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .build();
    this.url = url;
    this.key = key;
    this.timeout = timeout;
    this.clock = clock;
  }

  /** Posts {@code message} once; the time of the attempt is signed with it. */
  Answer post(Message message) throws InterruptedException {
    Instant now = clock.instant();
    byte[] body = message.body().bytes();
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .timeout(timeout)
            .header("Content-Type", Message.CONTENT_TYPE)
            .header("User-Agent", "oci2wasm")
            .header("webhook-id", message.id())
            .header("webhook-timestamp", Long.toString(now.getEpochSecond()))
            .header("webhook-signature", key.sign(message.id(), now.getEpochSecond(), body))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    // The request's own time limit ends with the answer's headers.
    CompletableFuture<HttpResponse<Void>> sending =
        http.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    try {
      HttpResponse<Void> answer = sending.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return Answer.of(
          answer.statusCode(),
          answer
              .headers()
              .firstValue("Retry-After")
              .flatMap(text -> RetryAfter.parse(text, clock.instant()))
              .orElse(null));
    } catch (ExecutionException e) {
      return Answer.none(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      return Answer.none(e);
    } finally {
      sending.cancel(true);
    }
  }
}
