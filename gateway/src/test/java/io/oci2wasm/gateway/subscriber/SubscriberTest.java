package io.oci2wasm.gateway.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.subscriber.Deliveries.Told;
import io.oci2wasm.gateway.subscriber.Receiver.Received;
import io.oci2wasm.gateway.subscriber.Receiver.Reply;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.event.RetryMark;
import io.oci2wasm.runtime.work.RetryPolicy;
import io.oci2wasm.runtime.work.WorkerConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriberTest {
  private static final String KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final CloudEvent EVENT =
      CloudEventBuilder.v1()
          .withId("0123456789abcdef0123456789abcdef/bundle.built/7659a3f6084e")
          .withSource(URI.create("/oci2wasm/build-worker"))
          .withType("oci2wasm.bundle.built.v1")
          .withTime(OffsetDateTime.parse("2026-11-24T06:40:23Z"))
          .withData("application/json", "{\"reused\":false}".getBytes(StandardCharsets.UTF_8))
          .build();

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final Deliveries deliveries = new Deliveries();
  private final RecordingPublisher letters = new RecordingPublisher();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Path secret;

  @BeforeEach
  void writeSecret() throws Exception {
    secret = Files.writeString(directory.resolve("secret"), "whsec_" + KEY + "\n");
  }

  @Test
  void shouldPostAStructuredCloudEvent() throws Exception {
    try (Receiver receiver = Receiver.start()) {
      tell(receiver);

      Received received = receiver.received().get(0);
      assertThat(received.path()).isEqualTo("/hook");
      assertThat(received.headers()).containsEntry("Content-Type", "application/cloudevents+json");
      assertThat(Json.MAPPER.readTree(received.body()))
          .isEqualTo(
              Json.MAPPER.readTree(
                  "{\"specversion\":\"1.0\",\"id\":\""
                      + EVENT.getId()
                      + "\",\"source\":\"/oci2wasm/build-worker\",\"type\":\"oci2wasm.bundle.built.v1\","
                      + "\"datacontenttype\":\"application/json\",\"time\":\"2026-11-24T06:40:23Z\","
                      + "\"data\":{\"reused\":false}}"));
      assertThat(count("delivered")).isOne();
    }
  }

  @Test
  void shouldSignIdTimeAndBody() throws Exception {
    try (Receiver receiver = Receiver.start()) {
      long before = Instant.now().getEpochSecond();
      tell(receiver);

      Received received = receiver.received().get(0);
      String id = String.valueOf(received.headers().get("webhook-id"));
      String timestamp = String.valueOf(received.headers().get("webhook-timestamp"));
      String signature = String.valueOf(received.headers().get("webhook-signature"));
      assertThat(id).isEqualTo(EVENT.getId().replace('.', '-'));
      assertThat(Long.parseLong(timestamp)).isBetween(before, Instant.now().getEpochSecond());
      assertThat(signature).isEqualTo(signed(id, timestamp, received.body()));
      assertThat(signature)
          .isNotEqualTo(signed(id, timestamp, received.body().replace("false", "true")))
          .isNotEqualTo(signed(id, timestamp + "0", received.body()))
          .isNotEqualTo(signed(id + "x", timestamp, received.body()));
    }
  }

  /** The specification's own example. */
  @Test
  void shouldSignAsTheSpecificationDoes() {
    SigningKey key = SigningKey.fromFile(secret);

    String signature =
        key.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8));

    assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 302, 401, 404, 408, 429, 500, 503})
  void shouldSendTheSameEventAgainAfterATransientFailure(int status) throws Exception {
    try (Receiver elsewhere = Receiver.start();
        Receiver receiver =
            Receiver.start(
                new Reply(status, Map.of("Location", elsewhere.url("/").toString())),
                Reply.of(status))) {
      tell(receiver);

      assertThat(receiver.received()).hasSize(3);
      assertThat(receiver.received())
          .extracting(Received::body, one -> one.headers().get("webhook-id"))
          .containsOnly(tuple(receiver.received().get(0).body(), EVENT.getId().replace('.', '-')));
      assertThat(elsewhere.received()).isEmpty();
      assertThat(count("retried")).isEqualTo(2);
      assertThat(count("delivered")).isOne();
      assertThat(deliveries.of("one"))
          .extracting(Told::delivered, Told::retried, Told::givenUp)
          .containsExactly(1L, 2L, 0L);
      assertThat(deliveries.of("one").lastDeliveredAt())
          .isAfterOrEqualTo(deliveries.of("one").lastProblemAt());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 410, 413, 422})
  void shouldGiveUpAtOnceWhatIsRefused(int status) throws Exception {
    try (Receiver receiver = Receiver.start(Reply.of(status))) {
      DeliveryFailure givenUp = over(receiver, Duration.ofMinutes(1)).orElseThrow();

      assertThat(receiver.received()).hasSize(1);
      assertThat(givenUp.reason()).isEqualTo(Reason.SUBSCRIBER_REFUSED);
      assertThat(givenUp.message()).contains("found HTTP " + status, "expected 2xx");
      assertThat(count("refused")).isOne();
      assertThat(count("delivered")).isZero();
      assertThat(deliveries.of("one").givenUp()).isOne();
      assertThat(deliveries.of("one").lastProblem()).isEqualTo("HTTP " + status);
      assertThat(deliveries.of("another")).isEqualTo(Told.NOTHING);
    }
  }

  @Test
  void shouldGiveUpAfterTheTimeToRetry() throws Exception {
    try (Receiver receiver = Receiver.start(Reply.of(500), Reply.of(500), Reply.of(500))) {
      DeliveryFailure givenUp = over(receiver, Duration.ZERO).orElseThrow();

      assertThat(receiver.received()).hasSize(1);
      assertThat(givenUp.reason()).isEqualTo(Reason.SUBSCRIBER_UNAVAILABLE);
      assertThat(givenUp.message()).contains("found HTTP 500", "replay it");
      assertThat(count("expired")).isOne();
    }
  }

  @Test
  void shouldNotTryAgainSoonerThanItIsAskedTo() throws Exception {
    try (Receiver receiver =
        Receiver.start(new Reply(429, Map.of("Retry-After", "3600")), Reply.of(204))) {
      assertThat(over(receiver, Duration.ofMinutes(1))).isPresent();

      assertThat(receiver.received()).hasSize(1);
      assertThat(count("expired")).isOne();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://hooks.example/x | http beyond loopback",
        "ftp://hooks.example/x | expected https://HOST",
        "https://user:pass@hooks.example/x | without a user",
        "https:///x | expected https://HOST",
      })
  void shouldRefuseAnUnsafeUrlWithoutShowingItsPath(String url, String problem) {
    assertThatThrownBy(() -> config("one", URI.create(url)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("subscriber one")
        .hasMessageContaining(problem)
        .hasMessageNotContaining("/x")
        .hasMessageNotContaining("pass@");
  }

  @Test
  void shouldRefuseWhatCannotWork() throws Exception {
    SubscriberConfig one = config("one", URI.create("https://hooks.example/x"));
    Path weak = Files.writeString(directory.resolve("weak"), "whsec_c2hvcnQ=");
    Path broken = Files.writeString(directory.resolve("broken"), "whsec_%%%s3cret");

    assertThatThrownBy(() -> Subscribers.check(List.of(one, one)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("the name one twice");
    assertThatThrownBy(() -> SigningKey.fromFile(weak))
        .hasMessageContaining("found 5 bytes, expected 24 or more");
    assertThatThrownBy(() -> SigningKey.fromFile(broken))
        .hasMessageContaining("found no base64")
        .hasMessageNotContaining("s3cret")
        .hasNoCause();
    assertThat(one).hasToString("SubscriberConfig[one]");
  }

  private SubscriberConfig config(String name, URI url) {
    return new SubscriberConfig(name, url, secret, null, null, null, null);
  }

  private void tell(Receiver receiver) throws InterruptedException {
    assertThat(over(receiver, Duration.ofMinutes(1))).isEmpty();
  }

  /** Tries as often as it is told to; why it is given up, if it is. */
  private Optional<DeliveryFailure> over(Receiver receiver, Duration retryFor)
      throws InterruptedException {
    Subscriber subscriber = subscriber(receiver, retryFor);
    DeliveryResult told = subscriber.tell(Message.of(EVENT), RetryMark.FIRST);
    while (told instanceof DeliveryResult.Retry again) {
      CloudEvent marked =
          CloudEventBuilder.from(EVENT)
              .withExtension("attempt", again.mark().attempt())
              .withExtension("notbefore", String.valueOf(again.mark().notBefore()))
              .build();
      told = subscriber.tell(Message.of(marked), again.mark());
    }
    return told instanceof DeliveryResult.Failed over ? Optional.of(over.why()) : Optional.empty();
  }

  private Subscriber subscriber(Receiver receiver, Duration retryFor) {
    WorkerConfig quick =
        WorkerConfig.of(1).retrying(Duration.ofMillis(2), Duration.ofMillis(10), retryFor);
    return new Subscriber(
        "one",
        new Endpoint(
            receiver.url("/hook"),
            SigningKey.fromFile(secret),
            Duration.ofSeconds(3),
            Clock.systemUTC()),
        new RetryPolicy(quick, new Random(1)),
        letters,
        metrics,
        deliveries,
        Clock.systemUTC());
  }

  private double count(String result) {
    return metrics
        .counter("oci2wasm.subscriber.deliveries", "subscriber", "one", "result", result)
        .count();
  }

  private static String signed(String id, String timestamp, String body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
    byte[] content = (id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8);
    return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(content));
  }
}
