package io.oci2wasm.gateway.view;

import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.api.event.DeadLetter;
import io.oci2wasm.api.event.EventReplayed;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * An empty database: H2 in memory, or the PostgreSQL that the system property {@code
 * oci2wasm.test.database} names (.ci/postgres.sh).
 */
public final class TestState implements AutoCloseable {
  private final DatabaseConfig config;
  private final StateDatabase database;

  private TestState(DatabaseConfig config, StateDatabase database) {
    this.config = config;
    this.database = database;
  }

  public static TestState open() throws IOException {
    DatabaseConfig config = newConfig();
    StateDatabase database = StateDatabase.open(config);
    database.clear();
    int unused = database.inTransaction("dropping what other tests left", TestState::dropOthers);
    database
        .jdbi()
        .useTransaction(
            handle ->
                Schema.OWN.tables().stream()
                    .filter(table -> !table.equals("generation"))
                    .forEach(table -> handle.execute("DELETE FROM " + table)));
    return new TestState(config, database);
  }

  private static int dropOthers(Handle handle) {
    int living = Generations.living(handle);
    if (living > 0) {
      Generations.dropOthers(handle, "public");
    }
    return living;
  }

  static DatabaseConfig newConfig() {
    String given = System.getProperty("oci2wasm.test.database");
    @Nullable String user = System.getProperty("oci2wasm.test.database.user");
    return given != null
        ? new DatabaseConfig(given, user, null, null, 4, null)
        : new DatabaseConfig("jdbc:h2:mem:" + UUID.randomUUID(), null, null, null, 4, null);
  }

  public StateDatabase database() {
    return database;
  }

  /** Where it is, for another gateway that shares it. */
  DatabaseConfig config() {
    return config;
  }

  public ConversionView view() {
    return new ConversionView(database);
  }

  public void accept(ReceivedEvent event) {
    accept(List.of(event));
  }

  /** Takes events in as one batch. */
  public void accept(List<ReceivedEvent> events) {
    accept(events, 1);
  }

  /** Takes events in whose tries failed before. */
  void accept(List<ReceivedEvent> events, int attempt) {
    database
        .jdbi()
        .useTransaction(
            handle ->
                new StateWriter(handle)
                    .add(
                        events.stream()
                            .flatMap(event -> ConversionUpdateReader.of(event, attempt).stream())
                            .toList()));
  }

  /** Takes events of batches in. */
  public void acceptBatches(List<? extends TopicEvent> events) {
    database
        .jdbi()
        .useTransaction(
            handle -> {
              StateDatabase.lock(handle);
              new BatchWriter(handle).add(events);
            });
  }

  /** Takes removals of bundles in. */
  public void acceptRemovals(List<BundleRemoved> removals) {
    database
        .jdbi()
        .useTransaction(
            handle -> {
              StateDatabase.lock(handle);
              new BundleStates(handle).add(removals);
            });
  }

  public void accept(DeadLetter letter) {
    accept(letter, Letter.Source.PIPELINE);
  }

  public void accept(DeadLetter letter, Letter.Source source) {
    database.jdbi().useTransaction(handle -> new LetterWriter(handle).add(letter, source));
  }

  void accept(EventReplayed replayed) {
    database.jdbi().useTransaction(handle -> new LetterWriter(handle).add(replayed));
  }

  @Override
  public void close() {
    database.close();
  }
}
