package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Stores runs, and whose turn it is, for all gateways that share a database. Thread-safe. */
public interface GcRegister {
  /**
   * Whether {@code run} may remove things for {@code time} from now: nobody else may, or it did
   * already.
   *
   * @throws UnavailableException if nobody can tell now
   */
  boolean lease(String run, Duration time) throws UnavailableException;

  /**
   * Lets others have what {@link #lease} gave.
   *
   * @throws UnavailableException if it cannot be noted; the lease ends by itself
   */
  void release(String run) throws UnavailableException;

  /**
   * Remembers a run as it is now.
   *
   * @throws UnavailableException if it cannot be noted
   */
  void save(GcRun run) throws UnavailableException;

  /**
   * The run with this id. One that was never said to have ended, and whose lease is over, has
   * failed.
   *
   * @throws UnavailableException if nobody can tell now
   */
  Optional<GcRun> find(String id) throws UnavailableException;

  /**
   * Up to {@code limit} runs, newest first, each as {@link #find} has it.
   *
   * @throws UnavailableException if nobody can tell now
   */
  List<GcRun> newest(int limit) throws UnavailableException;

  /**
   * When the last run that removes things began, however it ended.
   *
   * @throws UnavailableException if nobody can tell now
   */
  Optional<Instant> lastRemoval() throws UnavailableException;
}
