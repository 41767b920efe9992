package io.oci2wasm.gateway.state.batch;

import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;

/**
 * What the images of a batch in one state add up to: a row of the table {@code batch_count}, or a
 * change of one.
 *
 * @param images how many they are
 */
public record BatchCount(
    String batchId,
    BatchEntryState state,
    int images,
    @Nested("platforms_") BatchPlatforms platforms,
    @Nested("bytes_") BatchBytes bytes) {
  static final RowMapper<BatchCount> ROW = ConstructorMapper.of(BatchCount.class);

  /** Of one image that waits. */
  static BatchCount ofWaiting(String batch) {
    return new BatchCount(batch, BatchEntryState.WAITING, 1, BatchPlatforms.NONE, BatchBytes.NONE);
  }

  /** The same image in another state. */
  BatchCount in(BatchEntryState other) {
    return new BatchCount(batchId, other, images, platforms, bytes);
  }

  /** The same image as it stands now. */
  BatchCount as(BatchOutcome outcome) {
    return new BatchCount(batchId, outcome.state(), images, outcome.platforms(), outcome.bytes());
  }

  BatchCount plus(BatchCount other) {
    return new BatchCount(
        batchId,
        state,
        images + other.images,
        platforms.plus(other.platforms),
        bytes.plus(other.bytes));
  }

  BatchCount negated() {
    return new BatchCount(batchId, state, -images, platforms.negated(), bytes.negated());
  }

  /** Whether adding it changes nothing. */
  boolean isNothing() {
    return images == 0 && platforms.equals(BatchPlatforms.NONE) && bytes.equals(BatchBytes.NONE);
  }
}
