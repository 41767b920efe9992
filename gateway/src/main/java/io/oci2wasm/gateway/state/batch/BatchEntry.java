package io.oci2wasm.gateway.state.batch;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.RequestIds;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/**
 * An image of a batch.
 *
 * @param requestId of the request that it becomes: the same however often it is found or begun
 */
public record BatchEntry(String requestId, String batchId, @Nested ImageReference image) {
  /** A row of the table {@code batch_entry}. */
  static final RowMapper<BatchEntry> ROW = ConstructorMapper.of(BatchEntry.class);

  /** The sender of requests that come from batches. */
  public static final String SENDER = "batch";

  /** The entry that an event names; tags of one digest are one image. */
  public static BatchEntry of(BatchEntered event) {
    ImageReference image = event.image();
    return new BatchEntry(
        RequestIds.of(
            SENDER,
            image.registry(),
            event.batchId() + "/" + image.repository() + "@" + image.reference()),
        event.batchId(),
        image);
  }
}
