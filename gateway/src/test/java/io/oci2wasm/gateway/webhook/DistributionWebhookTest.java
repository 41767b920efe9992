package io.oci2wasm.gateway.webhook;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bodies in {@code webhooks/} were captured from Distribution 2.8.2. */
class DistributionWebhookTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

  private final DistributionWebhook webhook =
      new DistributionWebhook(Clock.fixed(NOW, ZoneOffset.UTC));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "push-oci-manifest",
        "push-oci-index",
        "push-nested-index",
        "push-docker-v2s2",
        "push-docker-manifest-list",
        "push-index-child-1",
        "push-index-child-attestation",
        "push-artifact",
        "push-with-actor"
      })
  void shouldAcceptEveryManifestPush(String fixture) throws Exception {
    WebhookReading reading = webhook.read(fixture(fixture));

    assertThat(reading.pushes()).hasSize(1);
    assertThat(reading.ignored()).isZero();
    assertThat(reading.unreadable()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"push-blob", "pull-manifest", "mount-blob", "delete-by-digest", "delete-tag"})
  void shouldIgnoreEverythingElse(String fixture) throws Exception {
    WebhookReading reading = webhook.read(fixture(fixture));

    assertThat(reading.pushes()).isEmpty();
    assertThat(reading.ignored()).isOne();
    assertThat(reading.unreadable()).isEmpty();
  }

  @Test
  void shouldCopyWhatCounts() throws Exception {
    WebhookReading reading = webhook.read(fixture("push-oci-index"));

    assertThat(reading.pushes())
        .containsExactly(
            new ImagePushed(
                RequestIds.of(
                    "distribution", "127.0.0.1:5000", "36ccbd89-96b5-412a-8076-1e2e46cc15a2"),
                Lane.PUSH,
                "distribution",
                ImageReference.parse(
                    "127.0.0.1:5000/team/app:multi"
                        + "@sha256:7659a3f6084e9eacec1d729b49a8b278a07fe979d089598402f95cacb14e8257"),
                "application/vnd.oci.image.index.v1+json",
                Instant.parse("2026-11-24T06:40:23.163905403Z")));
  }

  @Test
  void shouldLeaveTheTagOutWhereThereIsNone() throws Exception {
    ImagePushed push = webhook.read(fixture("push-index-child-1")).pushes().get(0);

    assertThat(push.image().tag()).isNull();
    assertThat(push.image().digest()).isNotNull();
  }

  @Test
  void shouldAcceptTheGoodPushesBesideOnesThatCannotBeUnderstood() throws Exception {
    String good = new String(fixture("push-oci-manifest"), StandardCharsets.UTF_8);
    String body =
        good.replaceFirst(
            "\"events\": \\[",
            "\"events\": [{\"id\":\"1\",\"action\":\"push\",\"target\":{\"mediaType\":"
                + "\"application/vnd.oci.image.manifest.v1+json\",\"repository\":\"UPPER\","
                + "\"tag\":\"1\"},\"request\":{\"host\":\"r.example\"}}, 7, null, ");

    WebhookReading reading = webhook.read(body.getBytes(StandardCharsets.UTF_8));

    assertThat(reading.pushes()).hasSize(1);
    assertThat(reading.unreadable()).hasSize(3);
    assertThat(reading.unreadable().get(0)).contains("repository: found \"UPPER\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"request\":{}                        | request.host",
        "\"request\":{\"host\":\"r.example\"},\"id\":\"\" | no id",
      })
  void shouldSayWhatAPushLacks(String members, String lack) throws Exception {
    String body =
        "{\"events\":[{\"action\":\"push\",\"target\":{\"mediaType\":"
            + "\"application/vnd.oci.image.manifest.v1+json\",\"repository\":\"a\",\"tag\":\"1\"},"
            + members
            + "}]}";

    WebhookReading reading = webhook.read(body.getBytes(StandardCharsets.UTF_8));

    assertThat(reading.unreadable())
        .singleElement()
        .satisfies(message -> assertThat(message).contains(lack));
  }

  @Test
  void shouldTakeItsOwnTimeWhereTheEventHasNone() throws Exception {
    String body =
        "{\"events\":[{\"id\":\"1\",\"action\":\"push\",\"target\":{\"url\":"
            + "\"http://r.example/v2/a/manifests/1\",\"repository\":\"a\",\"tag\":\"1\"},"
            + "\"request\":{\"host\":\"r.example\"}}]}";

    WebhookReading reading = webhook.read(body.getBytes(StandardCharsets.UTF_8));

    assertThat(reading.pushes()).singleElement().extracting(ImagePushed::pushedAt).isEqualTo(NOW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no json", "[]", "{}", "{\"events\":{}}", "{\"events\":\"x\"}"})
  void shouldRejectABodyThatIsNoNotification(String body) {
    assertThatThrownBy(() -> webhook.read(body.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(UnreadableWebhookException.class)
        .hasMessageContaining("expected a Distribution notification");
  }

  private static byte[] fixture(String name) throws IOException {
    String resource = "/webhooks/" + name + ".json";
    try (InputStream in =
        requireNonNull(DistributionWebhookTest.class.getResourceAsStream(resource), resource)) {
      return in.readAllBytes();
    }
  }
}
