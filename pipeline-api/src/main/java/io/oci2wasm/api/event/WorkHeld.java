package io.oci2wasm.api.event;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of a lane's work topic that a worker has in progress. The report is valid for some
 * seconds, and no work depends on it. Kafka tells which records are not done, but not which of them
 * somebody has taken.
 *
 * @param worker a name of its own, until it ends
 */
public record WorkHeld(String worker, Stage stage, Lane lane, Instant heldAt, List<Place> records)
    implements TopicEvent {
  public WorkHeld {
    records = List.copyOf(records);
  }

  /** Where a record lies in its topic. */
  public record Place(int partition, long offset) {}

  @Override
  public String type() {
    return Topics.WORK_HELD;
  }

  @Override
  public String eventId() {
    return worker + "/work.held/" + stage + "." + lane + "/" + heldAt.toEpochMilli();
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return null;
  }

  @Override
  public String recordKey() {
    return worker;
  }
}
