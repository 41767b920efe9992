package io.oci2wasm.gateway.webhook.sender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.gateway.webhook.Fixture;
import io.oci2wasm.gateway.webhook.TestSenders;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bodies but one, {@code push-wasm}, were captured from Distribution 2.8.2. */
class DistributionReaderTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "push-oci-manifest",
        "push-oci-index",
        "push-nested-index",
        "push-docker-v2s2",
        "push-docker-manifest-list",
        "push-with-actor"
      })
  void shouldAcceptEveryManifestPush(String fixture) throws Exception {
    WebhookReading reading = read(fixture);

    assertThat(reading.pushes()).hasSize(1);
    assertThat(reading.ignored()).isEmpty();
    assertThat(reading.unreadable()).isEmpty();
  }

  @Test
  void shouldCopyWhatCounts() throws Exception {
    WebhookReading reading = read("push-oci-index");

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
    Fixture child = Fixture.of("distribution", "push-index-child-1");

    ImagePushed push =
        TestSenders.takingUntagged("distribution").reader().read(child.request()).pushes().get(0);

    assertThat(push.image().tag()).isNull();
    assertThat(push.image().digest()).isNotNull();
  }

  @Test
  void shouldAcceptTheGoodPushesBesideOnesThatCannotBeUnderstood() throws Exception {
    String good = Fixture.of("distribution", "push-oci-manifest").text();
    String body =
        good.replaceFirst(
            "\"events\": \\[",
            "\"events\": [{\"id\":\"1\",\"action\":\"push\",\"target\":{\"mediaType\":"
                + "\"application/vnd.oci.image.manifest.v1+json\",\"repository\":\"UPPER\","
                + "\"tag\":\"1\"},\"request\":{\"host\":\"r.example\"}}, 7, null, ");

    WebhookReading reading = readBody(body);

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

    WebhookReading reading = readBody(body);

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

    WebhookReading reading = readBody(body);

    assertThat(reading.pushes())
        .singleElement()
        .extracting(ImagePushed::pushedAt)
        .isEqualTo(TestSenders.NOW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no json", "[]", "{}", "{\"events\":{}}", "{\"events\":\"x\"}"})
  void shouldRejectABodyThatIsNoNotification(String body) {
    assertThatThrownBy(() -> readBody(body))
        .isInstanceOf(UnreadableWebhookException.class)
        .hasMessageContaining("expected a Distribution notification");
  }

  private static WebhookReading read(String fixture) throws UnreadableWebhookException {
    return TestSenders.open("distribution")
        .reader()
        .read(Fixture.of("distribution", fixture).request());
  }

  private static WebhookReading readBody(String body) throws UnreadableWebhookException {
    Fixture any = Fixture.of("distribution", "push-oci-manifest");
    return TestSenders.open("distribution").reader().read(any.request(body));
  }
}
