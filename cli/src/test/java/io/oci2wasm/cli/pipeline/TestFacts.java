package io.oci2wasm.cli.pipeline;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.gateway.retention.ImageFacts;
import io.oci2wasm.gateway.retention.KnownBundle;
import io.oci2wasm.gateway.retention.KnownImage;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What is known of images, as a test says. */
final class TestFacts implements ImageFacts {
  final List<KnownImage> images = new CopyOnWriteArrayList<>();
  final List<KnownImage> news = new CopyOnWriteArrayList<>();
  final List<KnownBundle> bundles = new CopyOnWriteArrayList<>();
  final List<ImageDeleted> deletions = new CopyOnWriteArrayList<>();
  boolean behind;

  /** Called when the collector looks at what is new. */
  Runnable whenAskedForNews = () -> {};

  @Override
  public void requireCurrent() throws UnavailableException {
    if (behind) {
      throw new UnavailableException("the topics' past is still being read", null);
    }
  }

  @Override
  public List<KnownImage> images() {
    return images;
  }

  @Override
  public List<KnownImage> imagesSince(Instant time) {
    whenAskedForNews.run();
    return news;
  }

  @Override
  public List<KnownBundle> bundles() {
    return bundles;
  }

  @Override
  public List<ImageDeleted> deletions() {
    return deletions;
  }
}
