package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.gateway.state.database.Rows;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.database.TableSql;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Notes which bundles are in registries, within a transaction of its caller that holds {@link
 * StateDatabase#lock}. Neither order nor repetition matters.
 */
public final class DeliveryWriter {
  private static final TableSql DELIVERY =
      new TableSql(
          """
          INSERT INTO delivery (request_id, manifest_digest, digest, registry, repository, tag,
            delivered_at, signed)
          VALUES (:requestId, :manifestDigest, :image.digest, :image.registry, :image.repository,
            :image.tag, :time, :signed)
          """,
          """
          UPDATE delivery SET tag = :image.tag, delivered_at = :time, signed = :signed
          WHERE request_id = :requestId AND manifest_digest = :manifestDigest
            AND digest = :image.digest
          """);

  private final Handle handle;

  public DeliveryWriter(Handle handle) {
    this.handle = handle;
  }

  public void add(List<Delivery> told) {
    if (told.isEmpty()) {
      return;
    }
    Map<String, Delivery> changed = new TreeMap<>();
    told.forEach(one -> changed.merge(key(one), one, BinaryOperator.maxBy(Delivery.IN_TIME)));
    Map<String, Delivery> saved = new TreeMap<>();
    String[] requests = told.stream().map(Delivery::requestId).distinct().toArray(String[]::new);
    Rows.select(handle, "delivery.*", "delivery", "request_id", requests)
        .map(Delivery.ROW)
        .forEach(one -> saved.put(key(one), one));
    try (PreparedBatch insert = handle.prepareBatch(DELIVERY.insert());
        PreparedBatch update = handle.prepareBatch(DELIVERY.update())) {
      changed.forEach(
          (key, one) -> {
            Delivery known = saved.get(key);
            if (known == null) {
              insert.bindMethods(one).add();
            } else if (Delivery.IN_TIME.compare(one, known) > 0) {
              update.bindMethods(one).add();
            }
          });
      Rows.execute(insert);
      Rows.execute(update);
    }
  }

  private static String key(Delivery one) {
    return one.requestId() + one.manifestDigest() + one.image().digest();
  }
}
