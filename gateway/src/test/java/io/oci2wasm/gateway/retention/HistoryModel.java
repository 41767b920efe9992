package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.gateway.retention.HistoryContent.Document;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What docs/FORMATS.md, "Retention", says, as plainly as it can be computed: all in memory. */
final class HistoryModel {
  private final List<RequestFact> requests;
  private final List<ImageDeleted> deletions;
  private final RetentionConfig config;
  private final MemoryBucket bucket;
  private final Instant now;
  private final Set<String> wanted = new HashSet<>();
  private final Set<String> doomed = new HashSet<>();
  private final Map<String, Set<String>> wantingPlaces = new HashMap<>();
  private final Set<String> doomedManifests = new HashSet<>();
  private final Set<String> openManifests = new HashSet<>();
  private final Set<String> layersUnknown = new HashSet<>();

  HistoryModel(
      List<RequestFact> requests,
      List<ImageDeleted> deletions,
      RetentionConfig config,
      MemoryBucket bucket,
      Instant now) {
    this.requests = requests;
    this.deletions = config.deleted() ? deletions : List.of();
    this.config = config;
    this.bucket = bucket;
    this.now = now;
    requests.stream()
        .collect(Collectors.groupingBy(RequestFact::place, TreeMap::new, Collectors.toList()))
        .forEach((place, ofPlace) -> new Place(place, ofPlace).judge());
    markBundles();
  }

  /** The keys that are left. */
  Set<String> left() {
    Map<String, List<String>> groups =
        bucket.keys().stream()
            .collect(
                Collectors.groupingBy(
                    key -> ObjectKeys.parse(key).orElseThrow().group(),
                    TreeMap::new,
                    Collectors.toList()));
    Set<String> parts = new HashSet<>();
    groups.forEach(
        (group, keys) -> {
          if (group.startsWith("bundles/") && !goes(group, keys, groups, Set.of())) {
            parts.addAll(parts(group));
          }
        });
    Set<String> left = new TreeSet<>();
    groups.forEach(
        (group, keys) -> {
          if (!goes(group, keys, groups, parts)) {
            left.addAll(keys);
          }
        });
    return left;
  }

  /** The engine, and the prefixes of filesystem and layers, that a bundle consists of. */
  Set<String> parts(String bundle) {
    Set<String> parts = new HashSet<>();
    String key = ObjectKeys.bundleDescription(ObjectKeys.conversionId(bundle));
    try {
      JsonNode description = Json.MAPPER.readTree(bucket.bytes(key, 1 << 20).orElse(new byte[0]));
      String packer = description.path("packer").asText();
      List<Sha256Digest> layers = new ArrayList<>();
      description.path("layers").forEach(one -> layers.add(Sha256Digest.parse(one.asText())));
      if (description.has("recipe")) {
        parts.add("engines/" + description.path("engine").path("digest").asText().substring(7));
        parts.add(ObjectKeys.rootfs(layers) + packer + ".1/");
        layers.forEach(layer -> parts.add(ObjectKeys.layer(layer) + packer + "/"));
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return parts;
  }

  private Instant modified(List<String> keys) {
    return keys.stream().map(bucket::modified).max(Comparator.naturalOrder()).orElseThrow();
  }

  private boolean goes(
      String group, List<String> keys, Map<String, List<String>> groups, Set<String> parts) {
    if (parts.contains(group)) {
      return false;
    }
    Instant modified = modified(keys);
    if (!isOver(modified, config.grace())) {
      return false;
    }
    if (group.startsWith("engines/")) {
      return isOver(modified, Duration.ofHours(2));
    }
    String name = ObjectKeys.parse(keys.get(0)).orElseThrow().name();
    boolean older =
        groups.entrySet().stream()
            .filter(one -> one.getKey().startsWith(name) && isLogs(one.getKey()) == isLogs(group))
            .anyMatch(one -> modified(one.getValue()).isAfter(modified));
    if (older && isOver(modified, config.supersededFor())) {
      return true;
    }
    boolean finished =
        group.equals(keys.get(0))
            || isLogs(group)
            || keys.stream().anyMatch(key -> ObjectKeys.parse(key).orElseThrow().isMarker());
    if (!finished) {
      return true;
    }
    return !wanted.contains(name)
        && (doomed.contains(name) || isOver(modified, config.unusedFor()));
  }

  private static boolean isLogs(String group) {
    return group.startsWith("layers/") && group.contains("/log-");
  }

  private boolean isOver(Instant time, @Nullable Duration limit) {
    return limit != null && time.isBefore(now.minus(limit));
  }

  private static Instant last(List<RequestFact> requests, Function<RequestFact, Instant> time) {
    return requests.stream().map(time).max(Comparator.naturalOrder()).orElse(Instant.MIN);
  }

  /** An image of a repository, and what is known of it. */
  private static final class Image {
    private final Sha256Digest digest;
    private final List<RequestFact> all;
    private final List<RequestFact> wishes;
    private final Set<String> built = new HashSet<>();
    private final Set<String> had = new HashSet<>();
    private final Set<String> missing = new HashSet<>();
    private final List<Instant> tagsAsked = new ArrayList<>();
    private final List<Instant> tagsUsed = new ArrayList<>();
    private boolean gone;
    private boolean current;
    private boolean last;
    private boolean held;
    private boolean child;

    /** {@code withBundle}: the manifests of which the repository has a bundle. */
    Image(Sha256Digest digest, List<RequestFact> all, Set<Sha256Digest> withBundle) {
      this.digest = digest;
      this.all = all;
      this.wishes = all.stream().filter(one -> !one.reconversion()).toList();
      for (RequestFact request : all) {
        for (RequestFact.ConversionFact outcome : request.conversions()) {
          if (outcome.manifest() != null && outcome.state() != ConversionState.SKIPPED) {
            String manifest = outcome.manifest().toString();
            boolean replaced =
                outcome.removedBy() == Rule.SUPERSEDED && withBundle.contains(outcome.manifest());
            boolean there = outcome.state() == ConversionState.BUILT || replaced;
            boolean taken = outcome.removedBy() != null && outcome.removedBy() != Rule.MISSING;
            if (there) {
              built.add(manifest);
            }
            gone |= taken && !there;
            (there || taken ? had : missing).add(manifest);
          }
        }
      }
    }

    boolean isWhole() {
      return !had.isEmpty() && had.containsAll(missing);
    }

    Instant asked() {
      Instant own = last(wishes.isEmpty() ? all : wishes, RequestFact::asked);
      return tagsAsked.stream().reduce(own, (a, b) -> a.isAfter(b) ? a : b);
    }

    Instant used() {
      Instant own = last(wishes, RequestFact::used);
      Instant used = tagsUsed.stream().reduce(own, (a, b) -> a.isAfter(b) ? a : b);
      return used.equals(Instant.MIN) ? last(all, RequestFact::used) : used;
    }

    boolean isOpen() {
      return all.stream().anyMatch(RequestFact::open);
    }
  }

  /** A repository. */
  private final class Place {
    private final String name;
    private final List<RequestFact> all;
    private final Map<Sha256Digest, Image> images = new LinkedHashMap<>();

    Place(String name, List<RequestFact> all) {
      this.name = name;
      this.all = all;
      Set<Sha256Digest> withBundle =
          all.stream()
              .filter(one -> one.digest() != null)
              .flatMap(one -> one.conversions().stream())
              .filter(one -> one.state() == ConversionState.BUILT)
              .map(RequestFact.ConversionFact::manifest)
              .collect(Collectors.toSet());
      all.stream()
          .filter(one -> one.digest() != null)
          .collect(Collectors.groupingBy(RequestFact::digest))
          .forEach((digest, some) -> images.put(digest, new Image(digest, some, withBundle)));
    }

    private List<ImageDeleted> deletedAfter(Instant time) {
      return deletions.stream()
          .filter(one -> (one.registry() + "/" + one.repository()).equals(name))
          .filter(one -> one.deletedAt().isAfter(time))
          .toList();
    }

    void judge() {
      all.stream()
          .filter(one -> one.tag() != null)
          .collect(Collectors.groupingBy(RequestFact::tag))
          .forEach(this::hold);
      images.values().forEach(this::whoAskedForIt);
      List<Image> order = new ArrayList<>(images.values());
      order.sort(
          Comparator.comparing((Image one) -> !isCounted(one))
              .thenComparing(one -> !one.held)
              .thenComparing(Image::asked, Comparator.reverseOrder()));
      int counted = 0;
      Instant oldest = Instant.MAX;
      for (Image image : order) {
        boolean safe = isSafe(image);
        if (image.child) {
          if (safe) {
            walk(image, true);
          }
          continue;
        }
        boolean goes = !safe && goesByItself(image);
        if (!goes && !safe && config.newestPerRepository() > 0) {
          boolean full = counted >= config.newestPerRepository();
          goes = full && (!image.held || image.asked().isBefore(oldest));
        }
        if (!goes && isCounted(image)) {
          counted++;
          if (counted <= config.newestPerRepository() && image.asked().isBefore(oldest)) {
            oldest = image.asked();
          }
        }
        walk(image, !goes);
      }
    }

    /** What a tag leads to, and while that has not all its bundles, what it led to before. */
    private void hold(String tag, List<RequestFact> ofTag) {
      List<RequestFact> newestFirst = new ArrayList<>(ofTag);
      newestFirst.sort(
          Comparator.comparing(RequestFact::reconversion)
              .thenComparing(RequestFact::asked, Comparator.reverseOrder()));
      Instant asked = newestFirst.get(0).asked();
      Instant used = newestFirst.get(0).used();
      List<Image> led =
          newestFirst.stream()
              .filter(one -> one.digest() != null)
              .map(one -> images.get(one.digest()))
              .toList();
      if (led.isEmpty()) {
        return;
      }
      Image current = led.get(0);
      boolean dead =
          deletedAfter(asked).stream()
              .anyMatch(
                  one ->
                      one.digest() != null
                          ? one.digest().equals(current.digest)
                          : one.tag() == null || one.tag().equals(tag));
      if (dead) {
        return;
      }
      Set<Image> held = new LinkedHashSet<>(List.of(current));
      current.current = true;
      if (current.had.isEmpty()) {
        led.stream()
            .filter(one -> !one.had.isEmpty())
            .findFirst()
            .ifPresent(
                one -> {
                  one.last = true;
                  held.add(one);
                });
      }
      if (!current.isWhole()) {
        led.stream().filter(Image::isWhole).findFirst().ifPresent(held::add);
      }
      for (Image image : held) {
        image.held = true;
        image.tagsAsked.add(asked);
        image.tagsUsed.add(used);
      }
    }

    private void whoAskedForIt(Image image) {
      List<RequestFact> askers = image.wishes.isEmpty() ? image.all : image.wishes;
      Instant alone =
          last(askers.stream().filter(one -> one.tag() == null).toList(), RequestFact::asked);
      Instant index =
          last(
              all.stream()
                  .filter(one -> !one.reconversion() && one.digest() != null)
                  .filter(one -> !image.digest.equals(one.digest()))
                  .filter(
                      one ->
                          one.conversions().stream()
                              .anyMatch(outcome -> image.digest.equals(outcome.manifest())))
                  .toList(),
              RequestFact::asked);
      boolean asked = !alone.equals(Instant.MIN);
      boolean part =
          !index.equals(Instant.MIN)
              && (!asked || !alone.isAfter(index.plus(Duration.ofMinutes(10))));
      image.child = part && !image.held;
      boolean byTag = image.held;
      image.held |= asked && !part;
      image.last |= byTag && asked && !part;
    }

    private boolean isCounted(Image image) {
      return !image.built.isEmpty()
          && !image.gone
          && (image.tagsAsked.isEmpty() || image.current || image.last);
    }

    private boolean isSafe(Image image) {
      Instant failed =
          image.all.stream()
              .flatMap(one -> one.conversions().stream())
              .filter(one -> one.state() == ConversionState.FAILED)
              .map(RequestFact.ConversionFact::changed)
              .max(Comparator.naturalOrder())
              .orElse(Instant.MIN);
      return image.isOpen()
          || all.stream().anyMatch(one -> one.open() && one.digest() == null)
          || (!failed.equals(Instant.MIN) && !isOver(failed, config.failedFor()))
          || !isOver(last(image.all, RequestFact::used), config.grace());
    }

    private boolean goesByItself(Image image) {
      boolean onlyLast = !image.tagsAsked.isEmpty() && !image.current;
      return isOver(image.used(), config.unusedFor())
          || deletedAfter(image.asked()).stream()
              .anyMatch(
                  one ->
                      one.digest() == null
                          ? one.tag() == null
                          : !onlyLast && one.digest().equals(image.digest));
    }

    private void walk(Image image, boolean stays) {
      Set<String> names = stays ? wanted : doomed;
      Document root = HistoryContent.document(image.digest);
      visit(root, names, stays, image.isOpen());
      if (!bucket.has(ObjectKeys.blob(root.digest()))) {
        lead(root, stays, image.isOpen());
      }
    }

    private void visit(Document document, Set<String> names, boolean stays, boolean open) {
      String registry = name.substring(0, name.indexOf('/'));
      String repository = name.substring(name.indexOf('/') + 1);
      names.add(ObjectKeys.blob(document.digest()));
      names.add(ObjectKeys.served(registry, repository, document.digest()));
      if (!bucket.has(ObjectKeys.blob(document.digest()))) {
        return;
      }
      for (Sha256Digest layer : document.layers()) {
        names.add(ObjectKeys.blob(layer));
        names.add(ObjectKeys.diffId(layer));
        names.add(ObjectKeys.served(registry, repository, layer));
      }
      document.diffIds().forEach(diffId -> names.add(ObjectKeys.layer(diffId)));
      if (!document.diffIds().isEmpty()) {
        names.add(ObjectKeys.rootfs(document.diffIds()));
      }
      if (document.config() != null) {
        lead(document, stays, open);
      }
      document
          .children()
          .forEach(child -> visit(HistoryContent.document(child), names, stays, open));
    }

    private void lead(Document manifest, boolean stays, boolean open) {
      String digest = manifest.digest().toString();
      Sha256Digest config = manifest.config();
      if (config == null
          || !bucket.has(ObjectKeys.blob(manifest.digest()))
          || !bucket.has(ObjectKeys.blob(config))
          || HistoryContent.document(config).diffIds().isEmpty()) {
        layersUnknown.add(digest);
      }
      if (stays) {
        wantingPlaces.computeIfAbsent(digest, any -> new TreeSet<>()).add(name);
        if (open) {
          openManifests.add(digest);
        }
      } else {
        doomedManifests.add(digest);
      }
    }
  }

  private record Announced(String place, String manifest, String id, Instant time, boolean built) {}

  private void markBundles() {
    List<Announced> all = new ArrayList<>();
    for (RequestFact request : requests) {
      for (RequestFact.ConversionFact outcome : request.conversions()) {
        if (outcome.conversionId() != null && outcome.manifest() != null) {
          all.add(
              new Announced(
                  request.place(),
                  outcome.manifest().toString(),
                  outcome.conversionId(),
                  outcome.changed(),
                  outcome.state() == ConversionState.BUILT));
        }
      }
    }
    all.stream().collect(Collectors.groupingBy(Announced::manifest)).forEach(this::markBundlesOf);
  }

  private void markBundlesOf(String manifest, List<Announced> all) {
    Set<String> wanting = wantingPlaces.getOrDefault(manifest, Set.of());
    List<Announced> built = all.stream().filter(Announced::built).toList();
    Set<String> last = new HashSet<>();
    for (String place : wanting) {
      newest(built.stream().filter(one -> one.place().equals(place)).toList())
          .ifPresent(one -> last.add(one.id()));
    }
    if (last.isEmpty()) {
      newest(built).ifPresent(one -> last.add(one.id()));
    }
    all.stream()
        .collect(Collectors.groupingBy(Announced::id))
        .forEach(
            (id, some) -> {
              boolean superseded =
                  !openManifests.contains(manifest)
                      && !last.contains(id)
                      && isOver(newest(some).orElseThrow().time(), config.supersededFor());
              String name = ObjectKeys.bundle(id);
              Set<String> names = null;
              if (wanting.isEmpty()) {
                names = doomedManifests.contains(manifest) ? doomed : null;
              } else {
                names = superseded ? doomed : wanted;
              }
              if (names != null) {
                names.add(name);
              }
              if (layersUnknown.contains(manifest)
                  && bucket.has(ObjectKeys.bundleDescription(id))) {
                markLayers(manifest, wanting);
              }
            });
  }

  private void markLayers(String manifest, Set<String> wanting) {
    Set<String> names = wanting.isEmpty() ? doomed : wanted;
    if (wanting.isEmpty() && !doomedManifests.contains(manifest)) {
      return;
    }
    Document document = HistoryContent.document(Sha256Digest.parse(manifest));
    List<Sha256Digest> layers = HistoryContent.layers(document);
    layers.forEach(diffId -> names.add(ObjectKeys.layer(diffId)));
    names.add(ObjectKeys.rootfs(layers));
  }

  private static Optional<Announced> newest(List<Announced> some) {
    return some.stream().max(Comparator.comparing(Announced::time));
  }
}
