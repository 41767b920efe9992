package io.oci2wasm.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One push of an index of three platforms, each with an attestation, as Distribution tells of it:
 * six manifests without a tag, then the index with it. The bodies are captured ones.
 */
class OnePushTest {
  private static final int PLATFORMS = 3;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldBeOneRequest(boolean includeReferences) throws Exception {
    List<ImagePushed> pushes = pushes(TestSenders.open("distribution"), includeReferences);

    assertThat(pushes)
        .singleElement()
        .satisfies(push -> assertThat(push.image().tag()).isEqualTo("multi"));
  }

  @Test
  void shouldBeARequestForEachManifestWhereUntaggedOnesAreWanted() throws Exception {
    Sender sender = TestSenders.takingUntagged("distribution");

    assertThat(pushes(sender, true)).hasSize(PLATFORMS + 1);
    assertThat(pushes(sender, false)).hasSize(2 * PLATFORMS + 1).doesNotHaveDuplicates();
  }

  private static List<ImagePushed> pushes(Sender sender, boolean includeReferences)
      throws Exception {
    List<ImagePushed> pushes = new ArrayList<>();
    for (WebhookRequest request : requests(includeReferences)) {
      WebhookReading reading = sender.reader().read(request);
      assertThat(reading.unreadable()).isEmpty();
      pushes.addAll(reading.pushes());
    }
    return pushes;
  }

  /** Each event is a body of its own; whether references are included the registry is told. */
  private static List<WebhookRequest> requests(boolean includeReferences) {
    List<WebhookRequest> requests = new ArrayList<>();
    for (int platform = 0; platform < PLATFORMS; platform++) {
      for (String name : List.of("push-index-child-1", "push-index-child-attestation")) {
        Fixture child = Fixture.of("distribution", name);
        String body =
            child
                .text()
                .replaceFirst("\"id\": \"........", "\"id\": \"0000000" + platform)
                .replaceAll("sha256:........", "sha256:0000000" + platform);
        requests.add(request(child, body, includeReferences));
      }
    }
    Fixture index = Fixture.of("distribution", "push-oci-index");
    requests.add(request(index, index.text(), includeReferences));
    return requests;
  }

  private static WebhookRequest request(Fixture kind, String body, boolean includeReferences) {
    String told =
        includeReferences ? body : body.replaceAll("(?s),\\s*\"references\": \\[.*?\\]", "");
    byte[] bytes = told.getBytes(StandardCharsets.UTF_8);
    return new WebhookRequest(kind.headers(), null, () -> bytes);
  }
}
