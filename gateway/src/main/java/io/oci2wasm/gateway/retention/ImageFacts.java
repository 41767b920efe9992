package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImageDeleted;
import java.time.Instant;
import java.util.List;

/** What is known of images from the topics: what retention decides by. */
public interface ImageFacts {
  /**
   * Refuses to answer from what is out of date.
   *
   * @throws UnavailableException if the topics have not been read to their ends
   */
  void requireCurrent() throws UnavailableException;

  /** Every image, one for each repository and digest. */
  List<KnownImage> images() throws UnavailableException;

  /** Those that were asked for or worked on since {@code time}. */
  List<KnownImage> imagesSince(Instant time) throws UnavailableException;

  /** Every bundle that was announced, one for each conversion id. */
  List<KnownBundle> bundles() throws UnavailableException;

  /** What registries say they have deleted. */
  List<ImageDeleted> deletions() throws UnavailableException;
}
