package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.webhook.Senders;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are part of another: one that a webhook made of a manifest without a tag is part
 * of the first request for an index that lists the manifest, in the same repository and pushed no
 * earlier. What asks for a manifest by a tag, after its index, or in a batch stays its own.
 */
final class Children {
  private static final String INSERT =
      """
      INSERT INTO child (request_id, digest)
      SELECT CAST(:request AS VARCHAR(32)), CAST(:digest AS VARCHAR(71))
      WHERE NOT EXISTS (SELECT 1 FROM child WHERE request_id = :request AND digest = :digest)
      """;

  /**
   * Pushes without a tag among {@code :pushes}, or listed by {@code :indexes}, and their owners.
   * Joins find them by indexes in H2 too, as in {@link Rows#select}.
   */
  private static final String OWNERS =
      """
      SELECT p.id, p.part_of,
        (SELECT i.id FROM child c JOIN request i ON i.id = c.request_id
          WHERE c.digest = p.digest AND i.registry = p.registry AND i.repository = p.repository
            AND i.queued_at >= p.queued_at AND i.id <> p.id
          ORDER BY i.queued_at, i.id LIMIT 1) AS owner
      FROM (
        SELECT given.id FROM UNNEST(CAST(:pushes AS VARCHAR ARRAY)) AS given(id)
        UNION
        SELECT o.id FROM UNNEST(CAST(:indexes AS VARCHAR ARRAY)) AS given(id)
          JOIN request i ON i.id = given.id
          JOIN child c ON c.request_id = i.id
          JOIN request o ON o.repository = i.repository AND o.digest = c.digest
      ) AS found(id)
      JOIN request p ON p.id = found.id
      WHERE p.tag IS NULL AND p.sender = ANY(:senders)
      """;

  private final Handle handle;

  Children(Handle handle) {
    this.handle = handle;
  }

  /**
   * Takes in what the indexes of {@code changes}, which are saved already, list.
   *
   * @return requests whose owner is not the one that the database has, with the new one
   */
  Map<String, @Nullable String> add(Collection<RequestChange> changes) {
    save(changes);
    List<String> pushes = new ArrayList<>();
    List<String> indexes = new ArrayList<>();
    for (RequestChange change : changes) {
      if (change.isUntaggedPush()) {
        pushes.add(change.id());
      }
      if (!change.children().isEmpty() || change.wasPushedEarlier()) {
        indexes.add(change.id());
      }
    }
    return pushes.isEmpty() && indexes.isEmpty() ? Map.of() : owners(pushes, indexes);
  }

  private void save(Collection<RequestChange> changes) {
    try (PreparedBatch insert = handle.prepareBatch(INSERT)) {
      for (RequestChange change : changes) {
        for (Sha256Digest digest : change.children()) {
          insert.bind("request", change.id()).bind("digest", digest).add();
        }
      }
      Rows.execute(insert);
    }
  }

  private Map<String, @Nullable String> owners(List<String> pushes, List<String> indexes) {
    Map<String, @Nullable String> changed = new HashMap<>();
    handle
        .createQuery(OWNERS)
        .bindArray("senders", String.class, Senders.names())
        .bindArray("pushes", String.class, pushes)
        .bindArray("indexes", String.class, indexes)
        .map(ConstructorMapper.of(Owned.class))
        .filter(one -> !Objects.equals(one.owner(), one.partOf()))
        .forEach(one -> changed.put(one.id(), one.owner()));
    return changed;
  }

  /** A push, the owner that the database has, and the one that it should have. */
  public record Owned(String id, @Nullable String partOf, @Nullable String owner) {}
}
