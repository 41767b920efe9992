package io.oci2wasm.gateway.state.conversion;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BundleDelivered;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ColumnName;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/**
 * A bundle in a registry, as the API shows it and as a row of the table {@code delivery}.
 *
 * @param manifestDigest of the platform that was converted
 * @param image the bundle's own manifest, by digest, and by tag where it has one
 * @param signed whether attestations about it are there
 */
@JsonPropertyOrder({"time", "image", "signed"})
public record Delivery(
    @JsonIgnore String requestId,
    @JsonIgnore Sha256Digest manifestDigest,
    @ColumnName("delivered_at") Instant time,
    @Nested ImageReference image,
    boolean signed) {
  static final RowMapper<Delivery> ROW = ConstructorMapper.of(Delivery.class);

  /** Which of two that tell of one manifest is the later; of one moment always the same. */
  static final Comparator<Delivery> IN_TIME =
      Comparator.comparing(Delivery::time)
          .thenComparing(Delivery::signed)
          .thenComparing(one -> String.valueOf(one.image().tag()));

  public Delivery {
    // As databases keep it: PostgreSQL has no nanoseconds.
    time = time.truncatedTo(ChronoUnit.MICROS);
  }

  /** What {@code event}, written at {@code time}, tells. */
  public static Delivery of(BundleDelivered event, Instant time) {
    return new Delivery(
        event.requestId(), event.manifestDigest(), time, event.delivered(), event.signed());
  }

  /** Those of the bundle of a conversion, the first one first. */
  static List<Delivery> ofConversion(Handle handle, Conversion conversion) {
    Sha256Digest manifest = conversion.target().manifestDigest();
    return manifest == null
        ? List.of()
        : handle
            .createQuery(
                """
                SELECT * FROM delivery WHERE request_id = :request AND manifest_digest = :manifest
                ORDER BY delivered_at, digest
                """)
            .bind("request", conversion.requestId())
            .bind("manifest", manifest)
            .map(ROW)
            .list();
  }
}
