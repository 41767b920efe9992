package io.oci2wasm.gateway.retention;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Decides for each image whether it is still wanted. */
final class ImageRules {
  private static final String OPEN_TAG = "0";

  private final RetentionConfig config;
  private final Instant now;
  private final TagDeletions deletions;

  ImageRules(RetentionConfig config, Instant now, TagDeletions deletions) {
    this.config = config;
    this.now = now;
    this.deletions = deletions;
  }

  /** Told of each image whether it stays. What belongs to an index stays or goes with it. */
  interface Verdicts {
    /**
     * A verdict.
     *
     * @param rule by which the image goes; null where it stays
     */
    void judged(KnownImage image, @Nullable Rule rule) throws IOException;
  }

  /**
   * Judges all images, by repository. Files, where they are needed, come into {@code directory}.
   */
  void judge(WantedImages wishes, Path directory, Verdicts verdicts) throws IOException {
    try (SortedLines ranked = new SortedLines(directory)) {
      wishes.visit(
          new WantedImages.Visitor() {
            @Override
            public void unresolved(String place) throws IOException {
              ranked.add(Fields.line(place, OPEN_TAG));
            }

            @Override
            public void image(KnownImage image) throws IOException {
              ranked.add(WantedImages.ranked(image));
            }
          });
      SortedLines.Cursor cursor = ranked.read();
      Repository repository = null;
      for (String line = cursor.next(); line != null; line = cursor.next()) {
        String[] fields = Fields.of(line);
        if (repository == null || !repository.place.equals(fields[0])) {
          repository = new Repository(fields[0]);
        }
        if (fields[1].equals(OPEN_TAG)) {
          repository.unresolved = true;
        } else {
          repository.judge(WantedImages.image(fields), verdicts);
        }
      }
    }
  }

  /** Whether {@code time} lies back longer than {@code limit}; never without one. */
  boolean isOver(Instant time, @Nullable Duration limit) {
    return limit != null && time.isBefore(now.minus(limit));
  }

  /** A repository while its images are judged, those with bundles and with tags first. */
  private final class Repository {
    private final String place;
    private boolean unresolved;
    private int counted;
    private Instant oldestCounted = Instant.MAX;

    Repository(String place) {
      this.place = place;
    }

    void judge(KnownImage image, Verdicts verdicts) throws IOException {
      boolean isProtected = isProtected(image);
      if (image.child() && !isProtected) {
        return;
      }
      Rule rule = isProtected ? null : ownRule(image);
      if (rule == null && !isProtected && isBeyondCount(image)) {
        rule = Rule.COUNT;
      }
      if (rule == null && image.counted() && !image.child()) {
        counted++;
        // What is only protected has no place.
        if (counted <= config.newestPerRepository() && image.asked().isBefore(oldestCounted)) {
          oldestCounted = image.asked();
        }
      }
      verdicts.judged(image, rule);
    }

    /** While a request names only a tag, any image of the repository may be the one. */
    private boolean isProtected(KnownImage image) {
      Instant failed = image.failed();
      return image.open()
          || unresolved
          || (failed != null && !isOver(failed, config.failedFor()))
          || !isOver(image.touched(), config.grace());
    }

    private @Nullable Rule ownRule(KnownImage image) {
      boolean deleted =
          image.lastOfTag()
              ? deletions.hasRepository(place, image.asked())
              : deletions.hasImage(place, image.digest(), image.asked());
      if (deleted) {
        return Rule.DELETED;
      }
      return isOver(image.used(), config.unusedFor()) ? Rule.UNUSED : null;
    }

    /**
     * Whether all places are taken, by what was asked for later if anybody wants the image. Those
     * that were asked for together, as where one completes what a tag has, stay together.
     */
    private boolean isBeyondCount(KnownImage image) {
      int newest = config.newestPerRepository();
      return newest > 0
          && counted >= newest
          && (!image.held() || image.asked().isBefore(oldestCounted));
    }
  }
}
