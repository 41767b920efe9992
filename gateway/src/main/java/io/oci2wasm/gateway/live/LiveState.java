package io.oci2wasm.gateway.live;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.queue.QueueMonitor;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.database.Page;
import io.oci2wasm.gateway.state.summary.Summary;
import io.oci2wasm.gateway.state.summary.SummaryReader;
import io.oci2wasm.runtime.work.QueueLevels;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The current state, in the form that clients of the event stream get (docs/FORMATS.md, "Event
 * stream").
 */
final class LiveState {
  static final int MAX_CONVERSIONS = 100;
  private static final int MAX_OF_A_STATE = 30;
  private static final int MAX_BATCHES = 50;

  private final ConversionReader conversions;
  private final SummaryReader summaries;
  private final BatchReader batches;
  private final QueueMonitor queues;

  LiveState(
      ConversionReader conversions,
      SummaryReader summaries,
      BatchReader batches,
      QueueMonitor queues) {
    this.conversions = conversions;
    this.summaries = summaries;
    this.batches = batches;
    this.queues = queues;
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Snapshot(
      List<Conversion> conversions,
      Page<Batch> batches,
      Summary summary,
      @Nullable QueueLevels queues) {}

  /** {@code gone}: requests of which nothing is shown any more. */
  private record Changed(
      List<Conversion> items,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> gone,
      int left) {}

  private record ChangedBatches(List<Batch> items) {}

  /** Everything: the conversions that run and the last that ended, the newest batches. */
  String snapshot() throws UnavailableException {
    return json(
        new Snapshot(
            conversions.current(MAX_OF_A_STATE),
            batches.list(MAX_BATCHES, null),
            summaries.read(),
            queues.latest().orElse(null)));
  }

  /** The conversions of {@code requests}, as many as fit. */
  String conversionsOf(Collection<String> requests) throws UnavailableException {
    List<String> told = requests.stream().limit(MAX_CONVERSIONS).toList();
    return json(
        new Changed(
            conversions.ofRequests(told),
            conversions.partsAmong(told),
            requests.size() - told.size()));
  }

  static String batches(List<Batch> changed) {
    return json(new ChangedBatches(changed));
  }

  String summary() throws UnavailableException {
    return json(summaries.read());
  }

  static String json(Object value) {
    try {
      return Json.MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(value.getClass() + " has no JSON form", e);
    }
  }
}
