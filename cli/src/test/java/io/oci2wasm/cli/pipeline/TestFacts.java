package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.retention.ImageFacts;
import io.oci2wasm.gateway.retention.RequestFact;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** What is known of images, as a test says. */
final class TestFacts implements ImageFacts {
  final List<RequestFact> requests = new CopyOnWriteArrayList<>();
  final List<RequestFact> news = new CopyOnWriteArrayList<>();
  final List<ImageDeleted> deletions = new CopyOnWriteArrayList<>();
  boolean behind;

  /** Called when the collector looks at what is new. */
  Runnable whenAskedForNews = () -> {};

  /** What was told of is removed. */
  void forget(List<TopicEvent> events) {
    Set<String> gone =
        events.stream()
            .map(event -> ((BundleRemoved) event).conversionId())
            .collect(Collectors.toSet());
    requests.replaceAll(
        request ->
            request.with(
                request.conversions().stream()
                    .map(
                        one ->
                            gone.contains(one.conversionId())
                                ? new RequestFact.ConversionFact(
                                    one.manifest(),
                                    ConversionState.REMOVED,
                                    one.conversionId(),
                                    one.changed())
                                : one)
                    .toList()));
  }

  @Override
  public void requireCurrent() throws UnavailableException {
    if (behind) {
      throw new UnavailableException("the topics are still being read to their ends", null);
    }
  }

  @Override
  public void requests(Visitor<RequestFact> visitor) throws IOException {
    for (RequestFact request : requests) {
      visitor.visit(request);
    }
  }

  @Override
  public void requestsSince(Instant time, Visitor<RequestFact> visitor) throws IOException {
    whenAskedForNews.run();
    for (RequestFact request : news) {
      visitor.visit(request);
    }
  }

  @Override
  public List<String> bundles(Collection<Sha256Digest> manifests) {
    return requests.stream()
        .flatMap(request -> request.conversions().stream())
        .filter(conversion -> manifests.contains(conversion.manifest()))
        .map(RequestFact.ConversionFact::conversionId)
        .filter(Objects::nonNull)
        .toList();
  }

  @Override
  public List<ImageDeleted> deletions() {
    return deletions;
  }
}
