package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.BundleDelivered;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.batch.BatchWriter;
import io.oci2wasm.gateway.state.conversion.BundleStates;
import io.oci2wasm.gateway.state.conversion.ConversionUpdate;
import io.oci2wasm.gateway.state.conversion.ConversionUpdateReader;
import io.oci2wasm.gateway.state.conversion.ConversionWriter;
import io.oci2wasm.gateway.state.conversion.Delivery;
import io.oci2wasm.gateway.state.conversion.DeliveryWriter;
import io.oci2wasm.gateway.state.database.PermanentError;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.BrokerLetters;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterWriter;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Writes records to the tables, within a transaction of its caller that holds {@link
 * StateDatabase#lock}. What cannot be read becomes a dead letter of the gateway's own, which
 * depends on nothing but the record: it is the same after a rebuild, and at every gateway.
 */
final class Intake {
  private static final String SAVEPOINT = "record";

  private final Handle handle;
  private final LetterWriter letters;
  private final List<ConversionUpdate> updates = new ArrayList<>();
  private final List<TopicEvent> batches = new ArrayList<>();
  private final List<BundleRemoved> removals = new ArrayList<>();
  private final List<Delivery> deliveries = new ArrayList<>();
  private final List<Skipped> skipped = new ArrayList<>();

  Intake(Handle handle) {
    this.handle = handle;
    this.letters = new LetterWriter(handle);
  }

  /** Takes {@code records} all at once; if that is refused, see {@link #each}. */
  static List<Skipped> all(Handle handle, List<TopicRecord> records) {
    Intake intake = new Intake(handle);
    records.forEach(intake::add);
    return intake.write();
  }

  /** Makes the same rows, slower; what is refused is set aside alone. */
  static List<Skipped> each(Handle handle, List<TopicRecord> records) {
    List<Skipped> skipped = new ArrayList<>();
    for (TopicRecord record : records) {
      handle.savepoint(SAVEPOINT);
      try {
        skipped.addAll(all(handle, List.of(record)));
        handle.releaseSavepoint(SAVEPOINT);
      } catch (RuntimeException e) {
        if (!PermanentError.is(e)) {
          throw e;
        }
        handle.rollbackToSavepoint(SAVEPOINT);
        Intake intake = new Intake(handle);
        intake.skip(
            record, Reason.INTERNAL, "taking a record into the database: found " + rootMessage(e));
        skipped.addAll(intake.write());
      }
    }
    return skipped;
  }

  /** Takes {@code record} if that can be done now; else leaves everything as it is. */
  static boolean again(Handle handle, TopicRecord record, Letter letter) {
    handle.savepoint(SAVEPOINT);
    try {
      Intake intake = new Intake(handle);
      intake.read(record);
      intake.letters.remove(letter);
      List<Skipped> unused = intake.write();
      handle.releaseSavepoint(SAVEPOINT);
      return true;
    } catch (UndecodableEventException e) {
      handle.rollbackToSavepoint(SAVEPOINT);
      return false;
    } catch (RuntimeException e) {
      if (!PermanentError.is(e)) {
        throw e;
      }
      handle.rollbackToSavepoint(SAVEPOINT);
      return false;
    }
  }

  private static String rootMessage(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName() + ": " + root.getMessage();
  }

  /** A record that is passed by, and why. */
  record Skipped(DeadLetter.Origin origin, Reason reason, String why) {}

  /** Takes what {@code record} says, or that nobody knows what it says. */
  void add(TopicRecord record) {
    try {
      read(record);
    } catch (UndecodableEventException e) {
      skip(record, e.reason(), String.valueOf(e.getMessage()));
    }
  }

  /**
   * Takes what {@code record} says.
   *
   * @throws UndecodableEventException if nobody knows what it says
   */
  void read(TopicRecord record) throws UndecodableEventException {
    switch (record.partition().topic()) {
      case Topics.DEAD_LETTERED ->
          letters.add(record.read(Topics.DEAD_LETTERED, DeadLetter.class), Letter.Source.PIPELINE);
      case Topics.REPLAYED -> replayed(record.read(Topics.REPLAYED, EventReplayed.class));
      case Topics.BATCH_REQUESTED ->
          batches.add(record.read(Topics.BATCH_REQUESTED, BatchRequested.class));
      case Topics.BATCH_ENTERED ->
          batches.add(record.read(Topics.BATCH_ENTERED, BatchEntered.class));
      case Topics.BATCH_CHANGED ->
          batches.add(record.read(Topics.BATCH_CHANGED, BatchChanged.class));
      case Topics.BUNDLE_REMOVED ->
          removals.add(record.read(Topics.BUNDLE_REMOVED, BundleRemoved.class));
      case Topics.BUNDLE_DELIVERED -> {
        ReceivedEvent read = record.read();
        if (read.event() instanceof BundleDelivered delivered) {
          deliveries.add(Delivery.of(delivered, read.time()));
        }
      }
      // Others act on these two; here they are only looked at.
      case Topics.IMAGE_DELETED -> {
        ImageDeleted unused = record.read(Topics.IMAGE_DELETED, ImageDeleted.class);
      }
      case Topics.RESENT -> {
        ReceivedEvent unused = record.read();
      }
      case Topics.DROPPED -> dropped(record);
      default -> update(record, record.read()).ifPresent(updates::add);
    }
  }

  /** A later try keeps the first one's attributes: it begins to wait when its record is written. */
  private static Optional<ConversionUpdate> update(TopicRecord record, ReceivedEvent event) {
    int attempt = record.attempt();
    return ConversionUpdateReader.of(
        attempt == 1 ? event : new ReceivedEvent(event.event(), record.time()), attempt);
  }

  /** Takes a replay, and what it means for the request. */
  static void replayed(Handle handle, EventReplayed replayed) {
    Intake intake = new Intake(handle);
    intake.replayed(replayed);
    List<Skipped> unused = intake.write();
  }

  private void replayed(EventReplayed replayed) {
    letters.add(replayed);
    ConversionUpdateReader.of(replayed).ifPresent(updates::add);
  }

  private void dropped(TopicRecord record) {
    Optional<BrokerLetters.Dropped> read = BrokerLetters.read(record);
    if (read.isEmpty()) {
      skipped.add(new Skipped(record.origin(), Reason.UNREADABLE, "found no copy of the broker's"));
      return;
    }
    letters.add(read.get().letter(), Letter.Source.BROKER);
    Optional.ofNullable(read.get().ending())
        .flatMap(ending -> ConversionUpdateReader.of(ending, 1))
        .ifPresent(updates::add);
  }

  /** Passes {@code record} by; about a letter that is no letter there is none. */
  void skip(TopicRecord record, Reason reason, String why) {
    skipped.add(new Skipped(record.origin(), reason, why));
    if (!record.partition().topic().equals(Topics.DEAD_LETTERED) || reason != Reason.UNREADABLE) {
      letters.add(record.letter(Stage.GATEWAY, reason, why, record.time()), Letter.Source.GATEWAY);
    }
  }

  /** Writes what was taken; returns what was passed by. */
  List<Skipped> write() {
    new BatchWriter(handle).settle(new ConversionWriter(handle).add(updates));
    new BatchWriter(handle).add(batches);
    new BundleStates(handle).add(removals);
    new DeliveryWriter(handle).add(deliveries);
    return skipped;
  }
}
