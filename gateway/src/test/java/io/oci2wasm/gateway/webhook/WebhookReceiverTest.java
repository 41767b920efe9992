package io.oci2wasm.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RecordCopy;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.webhook.WebhookReceiver.Receipt;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebhookReceiverTest {
  private static final Clock CLOCK = Clock.fixed(TestSenders.NOW, ZoneOffset.UTC);

  private final RecordingPublisher publisher = new RecordingPublisher();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

  /** zot's registry is not configured here, so that its pushes cannot be understood. */
  private final WebhookReceiver receiver = receiver(WebhooksConfig.DEFAULT);

  private WebhookReceiver receiver(WebhooksConfig config) {
    return new WebhookReceiver(senders(config), publisher, metrics, CLOCK);
  }

  private static Sender sender(String name) {
    return senders(WebhooksConfig.DEFAULT).find(name).orElseThrow();
  }

  private static Senders senders(WebhooksConfig config) {
    return Senders.of(config, null, true, image -> false, CLOCK);
  }

  @Test
  void shouldWriteAllThatABodySaysBesideWhatCannotBeUnderstood() throws Exception {
    String push = event(Fixture.of("distribution", "push-oci-index"));
    String deletion = event(Fixture.of("distribution", "delete-by-digest"));
    String pull = event(Fixture.of("distribution", "pull-manifest"));
    String bad = push.replace("team/app", "TEAM/APP");
    String body = "{\"events\":[" + String.join(",", push, deletion, pull, bad, "7") + "]}";

    Receipt receipt =
        receiver.receive(
            sender("distribution"), Fixture.of("distribution", "push-oci-index").request(body));

    assertThat(receipt).isEqualTo(new Receipt(1, 1, 1, 2));
    assertThat(publisher.published())
        .hasOnlyElementsOfTypes(ImagePushed.class, ImageDeleted.class, DeadLetter.class)
        .hasSize(3);
    assertThat(count("accepted")).isOne();
    assertThat(count("deleted")).isOne();
    assertThat(count("ignored")).isOne();
    assertThat(count("unreadable")).isEqualTo(2);
  }

  @Test
  void shouldCountWhyEventsMakeNoRequest() throws Exception {
    Fixture child = Fixture.of("distribution", "push-index-child-1");
    String[] events = {
      event(child),
      event(child).replace("047229df", "147229df"),
      event(Fixture.of("distribution", "push-artifact")),
      event(Fixture.of("distribution", "pull-manifest")),
    };

    Receipt receipt =
        receiver.receive(
            sender("distribution"),
            child.request("{\"events\":[" + String.join(",", events) + "]}"));

    assertThat(receipt).isEqualTo(new Receipt(0, 0, 4, 0));
    assertThat(publisher.published()).isEmpty();
    assertThat(count("ignored", "untagged")).isEqualTo(2);
    assertThat(count("ignored", "artifact")).isOne();
    assertThat(count("ignored", "other")).isOne();
  }

  @Test
  void shouldKeepBytesReasonAndHeadersButNoSecret() throws Exception {
    byte[] body = "\u0000not json\u00ff".getBytes(StandardCharsets.ISO_8859_1);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Authorization", "Bearer s3cret");
    headers.put("X-Hub-Signature-256", "sha256=s3cret");
    headers.put("X-Webhook-Secret", "s3cret");
    headers.put("Cookie", "s3cret");
    headers.put("Content-Type", "application/json");
    headers.put("X-GitHub-Event", "package");

    receiver.receive(sender("github"), new WebhookRequest(headers, "s3cret", () -> body));

    DeadLetter letter = (DeadLetter) publisher.published().get(0);
    assertThat(publisher.published()).hasSize(1);
    assertThat(letter.id()).isEqualTo(DeadLetter.idOf(body));
    assertThat(letter.work().stage()).isEqualTo(Stage.GATEWAY);
    assertThat(letter.failure().reason()).isEqualTo(Reason.UNREADABLE);
    assertThat(letter.failure().message()).contains("expected a GitHub package event");
    assertThat(letter.failure().deadAt()).isEqualTo(TestSenders.NOW);
    assertThat(letter.origin()).isNull();
    assertThat(RecordCopy.decode(letter.record().value())).isEqualTo(body);
    assertThat(letter.record().headers())
        .extracting(
            RecordCopy.Header::name, header -> letter.record().text(header.name()).orElseThrow())
        .containsExactly(
            tuple("oci2wasm-sender", "github"),
            tuple("content-type", "application/json"),
            tuple("x-github-event", "package"));
  }

  @Test
  void shouldWriteTheSameLetterOfWhatIsSentAgain() throws Exception {
    Fixture push = Fixture.of("zot", "push");
    receiver.receive(sender("zot"), push.request());
    receiver.receive(sender("zot"), push.request());

    List<String> ids = publisher.published().stream().map(TopicEvent::eventId).toList();
    assertThat(ids).hasSize(2);
    assertThat(ids.get(0)).isEqualTo(ids.get(1));
  }

  @Test
  void shouldUnderstandALetterOnceItsCauseIsGone() throws Exception {
    receiver.receive(sender("zot"), Fixture.of("zot", "push").request());
    DeadLetter letter = (DeadLetter) publisher.published().get(0);
    publisher.published().clear();
    SenderConfig zot = new SenderConfig(null, null, "zot.example", List.of());

    Receipt receipt = receiver(withZot(zot)).replay(letter);

    assertThat(letter.failure().message()).contains("gateway.webhooks.zot.registry");
    assertThat(receipt.accepted()).isOne();
    assertThat(publisher.published())
        .singleElement()
        .extracting(event -> ((ImagePushed) event).image().registry())
        .isEqualTo("zot.example");
  }

  @Test
  void shouldReplayWebhooksOnly() {
    DeadLetter other =
        new DeadLetter(
            "0".repeat(32),
            DeadLetter.Work.unknown(Stage.INGEST),
            new DeadLetter.Failure(Reason.UNREADABLE, "x", 1, TestSenders.NOW, TestSenders.NOW),
            new DeadLetter.Origin("t", 0, 1),
            new RecordCopy(null, List.of(), ""));

    assertThatThrownBy(() -> receiver.replay(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found no sender");
    assertThat(publisher.published()).isEmpty();
  }

  @Test
  void shouldCountAsUnavailableWhatWasNotWritten() {
    publisher.goAway();

    assertThatThrownBy(() -> receiver.receive(sender("quay"), Fixture.of("quay", "push").request()))
        .isInstanceOf(UnavailableException.class);
    assertThat(metrics.getMeters())
        .extracting(meter -> meter.getId().getTag("result"))
        .containsExactly("unavailable");
  }

  private static WebhooksConfig withZot(SenderConfig zot) {
    SenderConfig none = SenderConfig.DEFAULT;
    return new WebhooksConfig(
        none, none, none, none, none, none, none, GoogleConfig.DEFAULT, none, none, zot);
  }

  private double count(String result) {
    return count(result, result.equals("ignored") ? "other" : "none");
  }

  private double count(String result, String reason) {
    return metrics
        .get("oci2wasm.webhook.events")
        .tags("sender", "distribution", "result", result, "reason", reason)
        .counter()
        .count();
  }

  private static String event(Fixture fixture) {
    String text = fixture.text();
    return text.substring(text.indexOf('[') + 1, text.lastIndexOf(']'));
  }
}
