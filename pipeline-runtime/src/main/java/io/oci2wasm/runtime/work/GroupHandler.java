package io.oci2wasm.runtime.work;

import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import java.io.IOException;

/** Handles an event that belongs to no request. Called from several threads. */
public interface GroupHandler<T extends TopicEvent> {
  /**
   * Works until all that follows from {@code event} is in Kafka. Called again for the same event
   * after a crash.
   *
   * @throws IOException if something is unavailable: it is called again later
   * @throws InterruptedException if the worker stops; another will do the work
   */
  void handle(T event) throws IOException, InterruptedException;

  /**
   * The work on {@code event} is given up: says so where that is seen.
   *
   * @param why what was found at last, for people
   * @throws IOException if it cannot be said now: it is called again later
   */
  void giveUp(T event, String why) throws IOException, InterruptedException;

  /**
   * Writes a dead letter of a record that holds no such event.
   *
   * @throws IOException if it cannot be written now: it is called again later
   */
  void unreadable(TopicRecord record, UndecodableEventException why)
      throws IOException, InterruptedException;
}
