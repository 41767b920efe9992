package io.oci2wasm.gateway.webhook.sender;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.gateway.webhook.Fixture;
import io.oci2wasm.gateway.webhook.TestSenders;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A body of any bytes is read by every sender's reader, or refused by a message. */
class WebhookFuzz {
  static Stream<byte[]> bodies() {
    return Stream.concat(Fixture.PUSHES.stream().map(Fixture::body), Stream.of(new byte[0]));
  }

  @MethodSource("bodies")
  @FuzzTest
  void shouldReadOrRefuse(byte[] body) {
    for (Fixture fixture : Fixture.PUSHES) {
      try {
        WebhookReading unused =
            TestSenders.open(fixture.sender())
                .reader()
                .read(new WebhookRequest(fixture.headers(), null, () -> body));
      } catch (UnreadableWebhookException | IllegalArgumentException refused) {
        String unused = refused.getMessage();
      }
    }
  }
}
