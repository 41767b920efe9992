package io.oci2wasm.runtime.event;

import io.oci2wasm.api.UnavailableException;
import java.util.List;

/** Publishes new events, and copies of records byte by byte. */
public interface RecordPublisher extends EventPublisher {
  /**
   * Returns once every record is safely written.
   *
   * @throws UnavailableException if one may not have been: forward all of them again
   */
  void forward(List<OutgoingRecord> records) throws UnavailableException;
}
