package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImageDeleted;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** What the topics tell about images: the basis of retention's decisions. */
public interface ImageFacts {
  /** Takes one after the other. */
  @FunctionalInterface
  interface Visitor<T> {
    void visit(T one) throws IOException;
  }

  /**
   * Refuses to answer from what is out of date.
   *
   * @throws UnavailableException if the topics have not been read to their ends
   */
  void requireCurrent() throws UnavailableException;

  /** Every request, in no order, with a bounded number of them in memory. */
  void requests(Visitor<RequestFact> visitor) throws IOException;

  /** Those that came or were worked on since {@code time}. */
  void requestsSince(Instant time, Visitor<RequestFact> visitor) throws IOException;

  /** Ids of all bundles that were announced for these platform manifests. */
  List<String> bundles(Collection<Sha256Digest> manifests) throws UnavailableException;

  /** What registries say they have deleted. */
  List<ImageDeleted> deletions() throws UnavailableException;
}
