package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;
import java.util.Map;

/** Stores the records of topics, together with its position in them. */
public interface TopicSink {
  /**
   * Where to read on: at the start, and again after anything went wrong.
   *
   * @param cluster the Kafka cluster's id
   * @param available what each partition holds
   * @return a position in every partition of {@code available}
   * @throws UnavailableException if what is remembered cannot be had now
   */
  Map<Partition, Long> positions(String cluster, Map<Partition, OffsetRange> available)
      throws UnavailableException;

  /**
   * Takes a batch wholly or not at all. Records may come again.
   *
   * @throws UnavailableException if it cannot be taken now
   * @throws OutOfStepException if what lies before it was not taken
   */
  void accept(TopicBatch batch) throws UnavailableException, OutOfStepException;
}
