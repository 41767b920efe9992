package io.oci2wasm.gateway.state.batch;

/**
 * What was moved for images of a batch, as far as it is known.
 *
 * @param fetched from the registry
 * @param built in bundles that were not there before
 */
public record BatchBytes(long fetched, long built) {
  static final BatchBytes NONE = new BatchBytes(0, 0);

  BatchBytes negated() {
    return new BatchBytes(-fetched, -built);
  }

  BatchBytes plus(BatchBytes other) {
    return new BatchBytes(fetched + other.fetched, built + other.built);
  }
}
