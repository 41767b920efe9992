package io.oci2wasm.gateway.state;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.batch.BatchWriter;
import io.oci2wasm.gateway.state.conversion.BundleStates;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.conversion.ConversionUpdate;
import io.oci2wasm.gateway.state.conversion.ConversionUpdateReader;
import io.oci2wasm.gateway.state.conversion.ConversionWriter;
import io.oci2wasm.gateway.state.conversion.Delivery;
import io.oci2wasm.gateway.state.conversion.DeliveryWriter;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterWriter;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.util.List;
import org.jdbi.v3.core.HandleConsumer;

/** An empty database, and ways to fill it. */
public final class TestState implements AutoCloseable {
  private final DatabaseConfig config;
  private final StateDatabase database;

  private TestState(DatabaseConfig config, StateDatabase database) {
    this.config = config;
    this.database = database;
  }

  public static TestState open() throws IOException {
    DatabaseConfig config = TestDatabase.newConfig();
    return new TestState(config, TestDatabase.open(config));
  }

  public StateDatabase database() {
    return database;
  }

  /** Where it is, for another gateway that shares it. */
  public DatabaseConfig config() {
    return config;
  }

  public ConversionReader view() {
    return new ConversionReader(database);
  }

  public void accept(ReceivedEvent event) {
    accept(List.of(event));
  }

  /** Takes events in as one batch. */
  public void accept(List<ReceivedEvent> events) {
    accept(events, 1);
  }

  /** Takes events in whose tries failed before. */
  public void accept(List<ReceivedEvent> events, int attempt) {
    accept(
        events.stream()
            .flatMap(event -> ConversionUpdateReader.of(event, attempt).stream())
            .toList(),
        handle -> {});
  }

  private void accept(List<ConversionUpdate> updates, HandleConsumer<RuntimeException> first) {
    change(
        handle -> {
          first.useHandle(handle);
          new BatchWriter(handle).settle(new ConversionWriter(handle).add(updates));
        });
  }

  private void change(HandleConsumer<RuntimeException> action) {
    try {
      boolean unused =
          database.inTransaction(
              "filling the database",
              handle -> {
                StateDatabase.lock(handle);
                action.useHandle(handle);
                return true;
              });
    } catch (UnavailableException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Takes events of batches in. */
  public void acceptBatches(List<? extends TopicEvent> events) {
    change(handle -> new BatchWriter(handle).add(events));
  }

  /** Takes deliveries of bundles in. */
  public void acceptDeliveries(List<Delivery> deliveries) {
    change(handle -> new DeliveryWriter(handle).add(deliveries));
  }

  /** Takes removals of bundles in. */
  public void acceptRemovals(List<BundleRemoved> removals) {
    change(handle -> new BundleStates(handle).add(removals));
  }

  public void accept(DeadLetter letter) {
    accept(letter, Letter.Source.PIPELINE);
  }

  public void accept(DeadLetter letter, Letter.Source source) {
    change(handle -> new LetterWriter(handle).add(letter, source));
  }

  public void accept(EventReplayed replayed) {
    accept(
        ConversionUpdateReader.of(replayed).stream().toList(),
        handle -> new LetterWriter(handle).add(replayed));
  }

  @Override
  public void close() {
    database.close();
  }
}
