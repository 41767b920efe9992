package io.oci2wasm.gateway.state;

import static io.oci2wasm.gateway.state.SampleRequest.time;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BundleDelivered;
import io.oci2wasm.api.event.ConversionChoice;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.Delivery;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterReader;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What callers of the API read, byte by byte: the files in {@code src/test/resources/state}. */
@SuppressWarnings("NullAway.Init") // the set-up sets the field
class ApiJsonTest {
  private static final ObjectWriter WRITER =
      Json.MAPPER.writer().with(SerializationFeature.INDENT_OUTPUT);

  private TestState state;

  @BeforeEach
  void open() throws Exception {
    state = TestState.open();
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void shouldWriteRequestsAndConversions() throws Exception {
    SampleRequest request = new SampleRequest("app", 0);
    request.everything().forEach(state::accept);
    SampleRequest failed = new SampleRequest("failed", 60);
    state.accept(failed.pushed());
    state.accept(failed.failed());

    ReceivedEvent delivered = request.delivered(6, "artifact", "1-wasm", true);
    state.acceptDeliveries(
        List.of(Delivery.of((BundleDelivered) delivered.event(), delivered.time())));

    check("request.json", state.view().findRequest(request.id()).orElseThrow());
    check("conversions.json", state.view().list(ConversionFilter.ANY, 10, null));
  }

  @Test
  void shouldWriteDeadLetters() throws Exception {
    DeadLetter replayed = SampleLetter.ofPlatform(new SampleRequest("app", 0), time(1));
    state.accept(replayed);
    state.accept(new EventReplayed(replayed.id(), time(2), Stage.BUILD, null, null, null, null));
    state.accept(SampleLetter.ofWebhook(time(3)));
    LetterReader letters = new LetterReader(state.database());

    check("letter.json", letters.find(replayed.id()).orElseThrow());
    check("letters.json", letters.list(LetterFilter.ANY, 10, null));
  }

  @Test
  void shouldWriteBatches() throws Exception {
    SampleBatch scan = new SampleBatch(BatchRequested.Kind.SCAN);
    state.acceptBatches(
        List.of(scan.requested(), scan.entered("app"), scan.entered("other"), scan.listed(2)));
    scan.request("app", 2).everything().forEach(state::accept);
    SampleBatch paused = new SampleBatch(BatchRequested.Kind.RECONVERT, "d".repeat(32), 1.5);
    BatchRequested asked = paused.requested();
    state.acceptBatches(
        List.of(
            new BatchRequested(
                asked.batchId(),
                asked.kind(),
                asked.registry(),
                List.of("team/*"),
                time(-60),
                new ConversionChoice(List.of(Platform.parse("linux/riscv64")), true),
                asked.rate(),
                asked.requestedAt()),
            paused.entered("app"),
            paused.listed(1),
            paused.changed(Change.PAUSED, 5)));
    BatchReader batches = new BatchReader(state.database(), Clock.fixed(time(30), ZoneOffset.UTC));

    check("batches.json", batches.list(10, null));
  }

  private static void check(String file, Object shown) throws Exception {
    try (InputStream expected = ApiJsonTest.class.getResourceAsStream("/state/" + file)) {
      assertThat(WRITER.writeValueAsString(shown) + "\n")
          .isEqualTo(
              expected == null
                  ? "no file " + file
                  : new String(expected.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
