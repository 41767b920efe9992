package io.oci2wasm.gateway.webhook;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import io.oci2wasm.gateway.webhook.sender.SenderEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A body of any bytes, from any sender, is read or refused as unreadable: nothing else comes out.
 */
class SenderReadersFuzz {
  /** Without them some readers look no further. */
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Type", "application/json",
          "X-GitHub-Event", "package",
          "X-GitHub-Delivery", "1",
          "X-Gitea-Event", "package",
          "X-Gitea-Delivery", "1");

  /** What the senders really send. */
  static Stream<byte[]> bodies() throws IOException, URISyntaxException {
    Path fixtures =
        Path.of(
            Objects.requireNonNull(SenderReadersFuzz.class.getResource("/webhooks/distribution"))
                .toURI());
    try (Stream<Path> files = Files.walk(fixtures.getParent())) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .map(SenderReadersFuzz::read)
          .toList()
          .stream();
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @MethodSource("bodies")
  @FuzzTest
  void shouldReadOrRefuse(byte[] body) {
    for (SenderKind kind : SenderKind.ALL) {
      SenderEvents events =
          new SenderEvents(
              kind.name(), "r.example", Set.of("bot"), image -> true, Clock.systemUTC());
      try {
        String unused =
            String.valueOf(
                kind.reader().apply(events).read(new WebhookRequest(HEADERS, null, () -> body)));
      } catch (UnreadableWebhookException | IllegalArgumentException refused) {
        // The two that the receiver takes for a bad body.
        String unused = refused.getMessage();
      }
    }
  }
}
