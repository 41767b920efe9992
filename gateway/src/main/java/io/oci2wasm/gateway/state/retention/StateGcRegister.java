package io.oci2wasm.gateway.state.retention;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.retention.GcRegister;
import io.oci2wasm.gateway.retention.GcRun;
import io.oci2wasm.gateway.retention.GcRuns;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.lease.Leases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/** Runs of retention in the database. A run holds its lease under its own id. */
public final class StateGcRegister implements GcRegister {
  private static final String LEASE = "retention";

  /** Run and lease at one moment: a run gives its lease back when it is noted that it has ended. */
  private static final String SELECT =
      "SELECT run, %s AS held FROM gc_run ".formatted(Leases.held(":lease", "gc_run.id"));

  private static final RowMapper<GcRun> ROW =
      (row, context) -> {
        GcRun run = run(row.getString("run"));
        return run.state() == GcRun.State.RUNNING && !row.getBoolean("held") ? run.orphaned() : run;
      };

  private final StateDatabase database;
  private final Leases leases;

  public StateGcRegister(StateDatabase database) {
    this.database = database;
    this.leases = new Leases(database);
  }

  @Override
  public boolean lease(String run, Duration time) throws UnavailableException {
    return leases.lease(LEASE, run, time);
  }

  @Override
  public void release(String run) throws UnavailableException {
    leases.release(LEASE, run);
  }

  @Override
  public void save(GcRun run) throws UnavailableException {
    int unused = database.inTransaction("noting a run of retention", handle -> save(handle, run));
  }

  /** The last one that removed things stays, however old: the schedule counts from it. */
  private static int save(Handle handle, GcRun run) {
    handle
        .createUpdate(
            """
            DELETE FROM gc_run WHERE id = :id OR (started_at < :before AND (dry_run OR
              started_at < (SELECT MAX(started_at) FROM gc_run WHERE NOT dry_run)))
            """)
        .bind("id", run.id())
        .bind("before", run.startedAt().minus(GcRuns.KEEP))
        .execute();
    return handle
        .createUpdate(
            """
            INSERT INTO gc_run (id, dry_run, started_at, run)
            VALUES (:id, :dryRun, :startedAt, :run)
            """)
        .bind("id", run.id())
        .bind("dryRun", run.dryRun())
        .bind("startedAt", run.startedAt())
        .bind("run", json(run))
        .execute();
  }

  @Override
  public Optional<GcRun> find(String id) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(SELECT + "WHERE id = :id")
                .bind("lease", LEASE)
                .bind("id", id)
                .map(ROW)
                .findOne());
  }

  @Override
  public List<GcRun> newest(int limit) throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(SELECT + "ORDER BY started_at DESC, id LIMIT :limit")
                .bind("lease", LEASE)
                .bind("limit", limit)
                .map(ROW)
                .list());
  }

  @Override
  public Optional<Instant> lastRemoval() throws UnavailableException {
    return database.read(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT started_at FROM gc_run WHERE NOT dry_run
                    ORDER BY started_at DESC LIMIT 1
                    """)
                .mapTo(Instant.class)
                .findOne());
  }

  private static String json(GcRun run) {
    try {
      return Json.MAPPER.writeValueAsString(run);
    } catch (JsonProcessingException e) {
      throw new AssertionError("writing a run of retention", e);
    }
  }

  private static GcRun run(String json) {
    try {
      return Json.MAPPER.readValue(json, GcRun.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the database has another kind of run: " + json, e);
    }
  }
}
