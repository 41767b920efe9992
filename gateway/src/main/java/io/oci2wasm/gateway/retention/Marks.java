package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.gateway.retention.ImageContents.Content;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which objects are wanted, and by which rule others go. An object is named by its key, a bundle
 * and a layer by their prefix. What any wanted image leads to is wanted, whatever else leads there.
 */
final class Marks {
  /** Facts come late: of their past so much is asked for again, or the grace if that is less. */
  private static final Duration OVERLAP = Duration.ofMinutes(1);

  private final ImageFacts facts;
  private final RetentionConfig config;
  private final Instant now;
  private final ImageContents contents;
  private final Map<Sha256Digest, List<KnownBundle>> bundles = new HashMap<>();
  private final Set<String> wanted = new HashSet<>();
  private final Map<Sha256Digest, Set<String>> placesThatWant = new HashMap<>();
  private final Map<String, Rule> doomed = new HashMap<>();
  private final Map<String, List<KnownImage>> places = new HashMap<>();
  private final Set<String> underWay = new HashSet<>();
  private final Map<String, Integer> documents = new HashMap<>();
  private final Map<KnownImage, Rule> unwantedImages = new LinkedHashMap<>();
  private Set<KnownImage> incomplete = new HashSet<>();
  private Instant lookedAt;

  private Marks(ImageFacts facts, RetentionConfig config, ObjectStore store, Instant now) {
    this.facts = facts;
    this.config = config;
    this.now = now;
    this.lookedAt = now;
    this.contents = new ImageContents(store);
  }

  /** Looks at everything that is known. */
  static Marks of(ImageFacts facts, RetentionConfig config, ObjectStore store, Instant now)
      throws IOException {
    Marks marks = new Marks(facts, config, store, now);
    marks.markAll();
    return marks;
  }

  private void markAll() throws IOException {
    for (KnownBundle bundle : facts.bundles()) {
      bundles.computeIfAbsent(bundle.manifest(), manifest -> new ArrayList<>()).add(bundle);
    }
    ImageRules rules = new ImageRules(config, now, facts.deletions());
    Map<KnownImage, Optional<Rule>> verdicts = rules.judge(facts.images());
    verdicts
        .keySet()
        .forEach(
            image -> places.computeIfAbsent(image.place(), any -> new ArrayList<>()).add(image));
    for (Map.Entry<KnownImage, Optional<Rule>> verdict : verdicts.entrySet()) {
      KnownImage image = verdict.getKey();
      if (verdict.getValue().isEmpty()) {
        want(image);
      } else if (image.digest() != null) {
        unwantedImages.put(image, verdict.getValue().get());
        keysOf(image, contents.of(image.digest()))
            .forEach(key -> doomed.putIfAbsent(key, verdict.getValue().get()));
      }
    }
    bundles.values().forEach(ofOneManifest -> markSuperseded(ofOneManifest, rules));
  }

  /**
   * The last bundle of each repository stays: the same image may have other options in another. A
   * conversion under way may be of any engine: all bundles of its image stay for now.
   */
  private void markSuperseded(List<KnownBundle> ofOneManifest, ImageRules rules) {
    Set<String> wanting = placesThatWant.getOrDefault(ofOneManifest.get(0).manifest(), Set.of());
    Map<String, KnownBundle> lastByPlace = new HashMap<>();
    Map<String, KnownBundle> lastById = new HashMap<>();
    for (KnownBundle bundle : ofOneManifest) {
      lastById.merge(bundle.conversionId(), bundle, Marks::later);
      if (wanting.contains(bundle.place())) {
        lastByPlace.merge(bundle.place(), bundle, Marks::later);
      }
    }
    lastByPlace.values().forEach(last -> lastById.remove(last.conversionId()));
    lastById.values().stream()
        .filter(old -> rules.isOver(old.announced(), config.supersededFor()))
        .map(old -> bundle(old.conversionId()))
        .filter(name -> wanted.contains(name) && !underWay.contains(name))
        .forEach(
            name -> {
              wanted.remove(name);
              doomed.put(name, Rule.SUPERSEDED);
            });
  }

  private static KnownBundle later(KnownBundle one, KnownBundle other) {
    return one.announced().isBefore(other.announced()) ? other : one;
  }

  private void want(KnownImage image) throws IOException {
    Sha256Digest digest = image.digest();
    if (digest == null) {
      return;
    }
    Content content = contents.of(digest);
    Set<String> keys = keysOf(image, content);
    wanted.addAll(keys);
    for (Sha256Digest manifest : manifests(image, content)) {
      placesThatWant.computeIfAbsent(manifest, any -> new HashSet<>()).add(image.place());
    }
    if (image.open()) {
      underWay.addAll(keys);
      if (!content.complete()) {
        incomplete.add(image);
      }
    }
  }

  private Set<String> keysOf(KnownImage image, Content content) throws IOException {
    Set<String> keys = new HashSet<>();
    int depth = 0;
    for (Sha256Digest document : content.documents) {
      keys.add(ObjectKeys.blob(document));
      documents.merge(ObjectKeys.blob(document), ++depth, Math::max);
      keys.add(ObjectKeys.served(image.registry(), image.repository(), document));
    }
    for (Sha256Digest blob : content.layerBlobs) {
      keys.add(ObjectKeys.blob(blob));
      keys.add(ObjectKeys.diffId(blob));
      keys.add(ObjectKeys.served(image.registry(), image.repository(), blob));
    }
    content.diffIds.forEach(diffId -> keys.add(layer(diffId)));
    for (Sha256Digest manifest : manifests(image, content)) {
      for (KnownBundle bundle : bundles.getOrDefault(manifest, List.of())) {
        keys.add(bundle(bundle.conversionId()));
        if (content.diffIds.isEmpty()) {
          contents.layersOfBundle(bundle.conversionId()).forEach(diffId -> keys.add(layer(diffId)));
        }
      }
    }
    return keys;
  }

  private static Set<Sha256Digest> manifests(KnownImage image, Content content) {
    Set<Sha256Digest> manifests = new HashSet<>(content.manifests);
    if (image.digest() != null) {
      // Its document may be gone while its bundle is there.
      manifests.add(image.digest());
    }
    return manifests;
  }

  private static String bundle(String conversionId) {
    return "bundles/" + conversionId + "/";
  }

  private static String layer(Sha256Digest diffId) {
    return "layers/" + diffId.hex() + "/";
  }

  /**
   * Looks again at what is asked for since the last look, and at images whose content is still
   * coming: it is wanted now.
   */
  void refresh(Instant time) throws IOException {
    Set<KnownImage> again = incomplete;
    incomplete = new HashSet<>();
    Duration overlap = config.grace().compareTo(OVERLAP) < 0 ? config.grace() : OVERLAP;
    for (KnownImage news : facts.imagesSince(lookedAt.minus(overlap))) {
      again.add(news);
      if (news.digest() == null) {
        // Any image of the repository may be the one that the tag names.
        again.addAll(places.getOrDefault(news.place(), List.of()));
      }
    }
    lookedAt = time;
    for (KnownImage image : again) {
      Sha256Digest digest = image.digest();
      if (digest != null) {
        Content content = contents.of(digest);
        wanted.addAll(keysOf(image, content));
        if (!content.complete()) {
          incomplete.add(image);
        }
      }
    }
  }

  boolean isWanted(String name) {
    return wanted.contains(name);
  }

  /** The rule by which something goes that nothing wants. */
  Optional<Rule> ruleFor(String name) {
    return isWanted(name) ? Optional.empty() : Optional.ofNullable(doomed.get(name));
  }

  /**
   * Whether a blob is a manifest, an index or a config of a known image: then more than 0, and more
   * than what leads to it.
   */
  int depthOf(String key) {
    return documents.getOrDefault(key, 0);
  }

  /** Images that are no longer wanted, with the rule. */
  Map<KnownImage, Rule> unwantedImages() {
    return unwantedImages;
  }
}
