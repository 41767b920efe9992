package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImageDeleted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What registries have deleted, by repository. */
final class TagDeletions {
  private final Map<String, List<ImageDeleted>> byPlace = new HashMap<>();

  TagDeletions(List<ImageDeleted> deletions) {
    for (ImageDeleted one : deletions) {
      byPlace
          .computeIfAbsent(one.registry() + "/" + one.repository(), place -> new ArrayList<>())
          .add(one);
    }
  }

  /** Whether a tag that was pushed at {@code asked} and leads to {@code digest} is gone. */
  boolean hasTag(String place, String tag, @Nullable Sha256Digest digest, Instant asked) {
    return after(place, asked).stream()
        .anyMatch(one -> one.digest() == null ? isNamed(one, tag) : one.digest().equals(digest));
  }

  private static boolean isNamed(ImageDeleted deletion, String tag) {
    return deletion.tag() == null || deletion.tag().equals(tag);
  }

  /** Whether the whole repository went after {@code asked}. */
  boolean hasRepository(String place, Instant asked) {
    return after(place, asked).stream().anyMatch(one -> one.digest() == null && one.tag() == null);
  }

  /**
   * Whether an image went that was asked for at {@code asked}. Losing a tag is no deletion: others
   * may name it.
   */
  boolean hasImage(String place, Sha256Digest digest, Instant asked) {
    return hasRepository(place, asked)
        || after(place, asked).stream().anyMatch(one -> digest.equals(one.digest()));
  }

  /** A push after the deletion brought it back. */
  private List<ImageDeleted> after(String place, Instant asked) {
    return byPlace.getOrDefault(place, List.of()).stream()
        .filter(one -> one.deletedAt().isAfter(asked))
        .toList();
  }
}
