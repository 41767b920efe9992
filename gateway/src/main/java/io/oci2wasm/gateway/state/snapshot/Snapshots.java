package io.oci2wasm.gateway.state.snapshot;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.Partition;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots of the state in the object store. Each is read to its end, and its digest compared,
 * before anybody relies on it.
 */
public final class Snapshots {
  private static final Logger LOGGER = LoggerFactory.getLogger(Snapshots.class);

  private final SnapshotStore store;

  public Snapshots(SnapshotStore store) {
    this.store = store;
  }

  /**
   * Writes one of what {@code database} has now.
   *
   * @return its key
   * @throws IOException if database, temporary folder or store do not take part
   */
  public String write(StateDatabase database, Instant now) throws IOException {
    Path file = Files.createTempFile("oci2wasm-snapshot", ".jsonl.gz");
    try {
      MessageDigest digest = Sha256Digest.newMessageDigest();
      try (OutputStream out =
          new GZIPOutputStream(
              new DigestOutputStream(new BufferedOutputStream(Files.newOutputStream(file)), digest),
              1 << 16)) {
        database.readOneMoment(
            handle -> {
              SnapshotWriter.write(handle, now, out);
              return null;
            });
      }
      String key = ObjectKeys.snapshot(now, Sha256Digest.from(digest.digest()));
      store.put(key, file);
      return key;
    } finally {
      Files.delete(file);
    }
  }

  /** All keys, the newest first. */
  public List<String> keys() throws IOException {
    return store.keys().stream()
        .filter(key -> ObjectKeys.snapshotDigest(key).isPresent())
        .sorted(Comparator.reverseOrder())
        .toList();
  }

  /**
   * Reads a snapshot to its end.
   *
   * @throws DamagedSnapshotException if nobody may rely on it
   * @throws IOException if the store does not answer
   */
  public Snapshot check(String key) throws DamagedSnapshotException, IOException {
    return read(key, new Unread());
  }

  private Snapshot read(String key, SnapshotReader.Rows rows)
      throws DamagedSnapshotException, IOException {
    Sha256Digest digest =
        ObjectKeys.snapshotDigest(key)
            .orElseThrow(() -> new IllegalArgumentException(key + " is no snapshot's key"));
    Optional<InputStream> object = store.get(key);
    if (object.isEmpty()) {
      throw new DamagedSnapshotException(key, "none, expected what was listed", null);
    }
    try (InputStream in = object.get()) {
      return SnapshotReader.read(key, digest, in, rows);
    }
  }

  /**
   * The newest whole snapshot of a cluster.
   *
   * @param fits whether reading can go on from its offsets
   * @throws UnavailableException if none can be used although there are some, or the store does not
   *     answer
   */
  public Optional<Snapshot> newest(String cluster, Predicate<Map<Partition, Long>> fits)
      throws UnavailableException {
    List<String> refused = new ArrayList<>();
    try {
      for (String key : keys()) {
        try {
          Snapshot snapshot = check(key);
          if (snapshot.cluster().equals(cluster) && fits.test(snapshot.offsets())) {
            return Optional.of(snapshot);
          }
          LOGGER
              .atWarn()
              .addKeyValue(LogKeys.OBJECT_KEY, key)
              .log("A snapshot does not belong to what the topics have");
        } catch (DamagedSnapshotException e) {
          LOGGER
              .atError()
              .addKeyValue(LogKeys.OBJECT_KEY, key)
              .addKeyValue(LogKeys.ERROR, e.getMessage())
              .log("A snapshot cannot be used");
          refused.add(e.getMessage());
        }
      }
    } catch (UnavailableException e) {
      throw e;
    } catch (IOException e) {
      throw new UnavailableException("looking for snapshots: " + e.getMessage(), e);
    }
    if (!refused.isEmpty()) {
      throw new UnavailableException(
          "the topics were trimmed, and no snapshot of what they had can be used: "
              + String.join("; ", refused)
              + "; bring one or the database back from a backup, or remove these objects to show"
              + " only what the topics have",
          null);
    }
    return Optional.empty();
  }

  /**
   * Writes the rows of {@code snapshot} into empty tables, and changes them as this version wants
   * them.
   *
   * @throws UnavailableException if it cannot be read to its end now
   */
  public void load(Handle handle, Snapshot snapshot) throws UnavailableException {
    try (RowLoader loader = new RowLoader(handle)) {
      Snapshot unused = read(snapshot.key(), loader);
    } catch (UnavailableException e) {
      throw e;
    } catch (DamagedSnapshotException | IOException e) {
      throw new UnavailableException("taking in a snapshot: " + e.getMessage(), e);
    }
    StateDatabase.changeSince(handle, snapshot.schema());
  }

  /** Removes all but the {@code kept} newest. */
  public void forgetBut(int kept) throws IOException {
    List<String> keys = keys();
    for (String key : keys.subList(Math.min(kept, keys.size()), keys.size())) {
      store.delete(key);
    }
  }

  /** What is only checked. */
  private static final class Unread implements SnapshotReader.Rows {
    @Override
    public void begin(String table, List<String> columns) {
      // The names are looked at where they are used.
    }

    @Override
    public void row(JsonNode values) {
      // The digest tells whether they are what was written.
    }

    @Override
    public void end() {
      // Nothing is kept.
    }
  }
}
