package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.gateway.state.SampleBatch;
import io.oci2wasm.gateway.state.SampleRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
@Timeout(60)
class EventStreamTest {
  @TempDir private Path directory;
  private TestGateway gateway;

  @BeforeEach
  void start() throws IOException {
    gateway = open();
  }

  private TestGateway open() throws IOException {
    return TestGateway.withToken(directory);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void shouldBeginWithHowThingsStandAndTellWhatChanges() throws Exception {
    SampleRequest known = new SampleRequest("known", 0);
    gateway.accept(known.pushed());

    try (Stream stream = Stream.open(gateway, "Bearer token", null)) {
      Event snapshot = stream.next();
      SampleRequest fresh = new SampleRequest("fresh", 60);
      gateway.accept(fresh.pushed());
      JsonNode changed = stream.conversionOf(fresh);
      gateway.accept(fresh.failed());
      JsonNode ended = stream.conversionOf(fresh);

      assertThat(snapshot.name()).isEqualTo("snapshot");
      assertThat(snapshot.data().path("conversions").findValuesAsText("requestId"))
          .containsExactly(known.id());
      assertThat(snapshot.data().path("summary").path("open").findValuesAsText("state"))
          .containsExactly("queued");
      assertThat(changed.path("state").asText()).isEqualTo("queued");
      assertThat(ended.path("state").asText()).isEqualTo("failed");
      assertThat(ended.path("reason").asText()).isEqualTo("not-found");
    }
  }

  @Test
  void shouldTellQueuesAndCountsAgainAndAgain() throws Exception {
    try (Stream stream = Stream.open(gateway, "Bearer token", null)) {
      assertThat(stream.next("queues").data().path("queues")).hasSize(10);
      assertThat(stream.next("summary").data().path("deadLetters").asInt(-1)).isZero();
    }
  }

  @Test
  void shouldTellHowBatchesGoOn() throws Exception {
    SampleBatch batch = new SampleBatch(BatchRequested.Kind.RECONVERT);
    gateway.accept(batch, batch.requested());

    try (Stream stream = Stream.open(gateway, "Bearer token", null)) {
      JsonNode shown = stream.next().data().path("batches").path("items");
      gateway.accept(batch, batch.entered("one"), batch.entered("two"), batch.listed(2));
      JsonNode listed = stream.batch("running");
      gateway.accept(batch.request("one", 2).ingested());
      JsonNode begun = stream.batch("running");
      gateway.accept(batch, batch.changed(Change.PAUSED, 3));
      JsonNode paused = stream.batch("paused");

      assertThat(shown.findValuesAsText("state")).containsExactly("listing");
      assertThat(listed.path("images").path("waiting").asInt()).isEqualTo(2);
      assertThat(begun.path("images").path("running").asInt()).isOne();
      assertThat(paused.path("id").asText()).isEqualTo(batch.id());
    }
  }

  @Test
  void shouldShowHowThingsStandToWhoComesFromAnotherGateway() throws Exception {
    String seen;
    try (TestGateway former = open();
        Stream stream = Stream.open(former, "Bearer token", null)) {
      seen = stream.next().id();
    }
    SampleBatch batch = new SampleBatch(BatchRequested.Kind.SCAN);
    SampleRequest request = new SampleRequest("known", 0);
    gateway.accept(batch, batch.requested());
    gateway.accept(request.pushed());

    try (Stream again = Stream.open(gateway, "Bearer token", seen)) {
      Event first = again.next();

      assertThat(first.name()).isEqualTo("snapshot");
      assertThat(first.data().path("conversions").findValuesAsText("requestId"))
          .containsExactly(request.id());
      assertThat(first.data().path("batches").path("items").findValuesAsText("id"))
          .containsExactly(batch.id());
    }
  }

  @Test
  void shouldGoOnAfterTheLastEventSeen() throws Exception {
    try (Stream other = Stream.open(gateway, "Bearer token", null)) {
      String seen = other.next().id();
      gateway.accept(new SampleRequest("meanwhile", 0).pushed());
      Event missed = other.next("conversions");

      try (Stream again = Stream.open(gateway, "Bearer token", seen)) {
        assertThat(again.next("conversions")).isEqualTo(missed);
      }
    }
  }

  @Test
  void shouldEndWhenTheGatewayStops() throws Exception {
    try (Stream stream = Stream.open(gateway, "Bearer token", null)) {
      assertThat(stream.next().name()).isEqualTo("snapshot");

      gateway.stopTelling();

      assertThat(stream.rest()).doesNotContain("event: snapshot");
    }
  }

  /** That he has gone shows only when he is written to. */
  @Test
  void shouldLetGoOfWhoHasGone() throws Exception {
    try (Stream stream = Stream.open(gateway, "Bearer token", null)) {
      assertThat(stream.next().name()).isEqualTo("snapshot");
      assertThat(gateway.isWatched()).isTrue();
    }

    for (int i = 0; i < 250 && (gateway.isWatched() || isServed()); i++) {
      gateway.accept(new SampleRequest("after-" + i, i).pushed());
      Thread.sleep(100);
    }

    assertThat(gateway.isWatched()).as("somebody is told what nobody reads").isFalse();
    assertThat(isServed()).as("a thread serves a stream that nobody reads").isFalse();
  }

  private static boolean isServed() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(frame -> frame.getClassName().equals(EventStreamResource.class.getName()));
  }

  @Test
  void shouldTellNothingWithoutTheToken() throws Exception {
    HttpResponse<InputStream> without = Stream.request(gateway, null, null, "text/event-stream");
    HttpResponse<InputStream> wrong =
        Stream.request(gateway, "Bearer guess", null, "text/event-stream");

    assertThat(without.statusCode()).isEqualTo(401);
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(new String(wrong.body().readAllBytes(), StandardCharsets.UTF_8))
        .doesNotContain("snapshot");
  }

  @Test
  void shouldSayWhatItWantsToBeAskedFor() throws Exception {
    HttpResponse<InputStream> response =
        Stream.request(gateway, "Bearer token", null, "application/json");

    assertThat(response.statusCode()).isEqualTo(406);
    assertThat(new String(response.body().readAllBytes(), StandardCharsets.UTF_8))
        .contains("expected text/event-stream");
  }

  private record Event(String id, String name, JsonNode data) {}

  private record Stream(BufferedReader lines) implements AutoCloseable {
    static Stream open(TestGateway gateway, String authorization, @Nullable String lastEventId)
        throws Exception {
      HttpResponse<InputStream> response =
          request(gateway, authorization, lastEventId, "text/event-stream");
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/event-stream");
      return new Stream(
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
    }

    static HttpResponse<InputStream> request(
        TestGateway gateway,
        @Nullable String authorization,
        @Nullable String lastEventId,
        String accept)
        throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + gateway.port() + "/api/v1/events/stream"))
              .header("Accept", accept);
      if (authorization != null) {
        request.header("Authorization", authorization);
      }
      if (lastEventId != null) {
        request.header("Last-Event-ID", lastEventId);
      }
      return HttpClient.newHttpClient()
          .send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    /** The next that is told of a request. */
    JsonNode conversionOf(SampleRequest request) throws IOException {
      for (; ; ) {
        for (JsonNode item : next("conversions").data().path("items")) {
          if (item.path("requestId").asText().equals(request.id())) {
            return item;
          }
        }
      }
    }

    /** The next that is told of a batch in {@code state}. */
    JsonNode batch(String state) throws IOException {
      for (; ; ) {
        for (JsonNode item : next("batches").data().path("items")) {
          if (item.path("state").asText().equals(state)) {
            return item;
          }
        }
      }
    }

    Event next(String name) throws IOException {
      Event event = next();
      while (!event.name().equals(name)) {
        event = next();
      }
      return event;
    }

    Event next() throws IOException {
      String id = "";
      String name = "";
      StringBuilder data = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data.append(line.substring(6));
        } else if (line.isEmpty() && !name.isEmpty()) {
          return new Event(id, name, Json.MAPPER.readTree(data.toString()));
        }
      }
      throw new IOException("the stream ended");
    }

    /** Everything up to the end. */
    String rest() throws IOException {
      StringBuilder rest = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        rest.append(line).append('\n');
      }
      return rest.toString();
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
