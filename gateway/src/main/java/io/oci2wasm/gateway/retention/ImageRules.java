package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.event.ImageDeleted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides for each image whether it is still wanted. */
final class ImageRules {
  private final RetentionConfig config;
  private final Instant now;
  private final Map<String, List<ImageDeleted>> deletions = new HashMap<>();
  private final Set<String> unresolved = new HashSet<>();

  ImageRules(RetentionConfig config, Instant now, List<ImageDeleted> deletions) {
    this.config = config;
    this.now = now;
    if (config.deleted()) {
      for (ImageDeleted one : deletions) {
        this.deletions
            .computeIfAbsent(one.registry() + "/" + one.repository(), place -> new ArrayList<>())
            .add(one);
      }
    }
  }

  /** The verdict on each image: the rule by which it goes, or nothing. */
  Map<KnownImage, Optional<Rule>> judge(List<KnownImage> images) {
    Map<KnownImage, Optional<Rule>> verdicts = new LinkedHashMap<>();
    Map<String, List<KnownImage>> kept = new HashMap<>();
    images.stream()
        .filter(image -> image.open() && image.digest() == null)
        .forEach(image -> unresolved.add(image.place()));
    for (KnownImage image : images) {
      Optional<Rule> rule = isProtected(image) ? Optional.empty() : ownRule(image);
      verdicts.put(image, rule);
      if (rule.isEmpty()) {
        kept.computeIfAbsent(image.place(), place -> new ArrayList<>()).add(image);
      }
    }
    if (config.newestPerRepository() > 0) {
      kept.values().forEach(repository -> count(repository, verdicts));
    }
    return verdicts;
  }

  /** While a request names only a tag, any image of the repository may be the one. */
  private boolean isProtected(KnownImage image) {
    Instant failed = image.failed();
    return image.open()
        || unresolved.contains(image.place())
        || (failed != null && !isOver(failed, config.failedFor()))
        || !isOver(image.used(), config.grace());
  }

  private Optional<Rule> ownRule(KnownImage image) {
    if (isDeleted(image)) {
      return Optional.of(Rule.DELETED);
    }
    return isOver(image.used(), config.unusedFor()) ? Optional.of(Rule.UNUSED) : Optional.empty();
  }

  /** A push after the deletion brought it back. Losing a tag is no deletion: others may name it. */
  private boolean isDeleted(KnownImage image) {
    return deletions.getOrDefault(image.place(), List.of()).stream()
        .filter(one -> one.digest() != null || one.tag() == null)
        .filter(one -> one.digest() == null || one.digest().equals(image.digest()))
        .anyMatch(one -> one.deletedAt().isAfter(image.asked()));
  }

  private void count(List<KnownImage> repository, Map<KnownImage, Optional<Rule>> verdicts) {
    repository.stream()
        .sorted(Comparator.comparing(KnownImage::asked).reversed())
        .skip(config.newestPerRepository())
        .filter(image -> !isProtected(image))
        .forEach(image -> verdicts.put(image, Optional.of(Rule.COUNT)));
  }

  /** Whether {@code time} lies back longer than {@code limit}; never without one. */
  boolean isOver(Instant time, @Nullable Duration limit) {
    return limit != null && time.isBefore(now.minus(limit));
  }
}
