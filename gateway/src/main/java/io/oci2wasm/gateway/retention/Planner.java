package io.oci2wasm.gateway.retention;

import io.oci2wasm.runtime.store.ObjectInventory;
import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Lists the bucket and picks what goes. Removes nothing. */
final class Planner {
  private static final String BUNDLE_MARKER = "bundle.json";
  private static final String LAYER_MARKER = "index";

  private final ObjectInventory inventory;
  private final Marks marks;
  private final RetentionConfig config;
  private final Instant now;
  private final List<Removal> removals = new ArrayList<>();
  private final List<StartedUpload> uploads = new ArrayList<>();
  private long objects;
  private long bytes;

  Planner(ObjectInventory inventory, Marks marks, RetentionConfig config, Instant now) {
    this.inventory = inventory;
    this.marks = marks;
    this.config = config;
    this.now = now;
  }

  /** What goes, in the order in which it should. */
  Plan plan() throws IOException {
    Groups bundles = new Groups(2);
    inventory.visit("bundles/", one -> bundles.add(count(one)));
    bundles.all().forEach((name, group) -> judge(Kind.BUNDLE, name, name, group, BUNDLE_MARKER));
    planLayers();
    for (Kind kind : new Kind[] {Kind.SERVED, Kind.DIFFID, Kind.BLOB}) {
      inventory.visit(prefix(kind), one -> judgeOne(kind, count(one)));
    }
    // A living worker renews its claim far more often than anything grows old.
    inventory.visit(
        prefix(Kind.CLAIM),
        one -> add(Kind.CLAIM, Rule.INCOMPLETE, one.key(), List.of(count(one)), ""));
    inventory.visitUploads(
        one -> {
          if (one.started().isBefore(now.minus(config.grace()))) {
            uploads.add(one);
          }
        });
    // The deepest documents first: what leads to others goes after them.
    removals.sort(
        Comparator.comparing(Removal::kind).thenComparing(one -> -marks.depthOf(one.name())));
    return new Plan(removals, uploads, objects, bytes);
  }

  private static String prefix(Kind kind) {
    return switch (kind) {
      case BUNDLE -> "bundles/";
      case LAYER -> "layers/";
      case SERVED -> "served/";
      case DIFFID -> "diffids/";
      case BLOB, DOCUMENT -> "blobs/";
      case CLAIM -> "claims/";
      case UPLOAD -> "";
    };
  }

  private StoredObject count(StoredObject object) {
    objects++;
    bytes += object.size();
    return object;
  }

  /** A diffID may have been packed by several versions of the packer: old ones are superseded. */
  private void planLayers() throws IOException {
    Groups layers = new Groups(3);
    inventory.visit("layers/", one -> layers.add(count(one)));
    TreeMap<String, Instant> newest = new TreeMap<>();
    layers
        .all()
        .forEach((name, group) -> newest.merge(parent(name), newest(group), Planner::later));
    layers
        .all()
        .forEach(
            (name, group) -> {
              Instant latest = newest.getOrDefault(parent(name), now);
              if (newest(group).isBefore(latest) && isOver(newest(group))) {
                add(Kind.LAYER, Rule.SUPERSEDED, parent(name), group, LAYER_MARKER);
              } else {
                judge(Kind.LAYER, name, parent(name), group, LAYER_MARKER);
              }
            });
  }

  private boolean isOver(Instant modified) {
    return config.supersededFor() != null && modified.isBefore(now.minus(config.supersededFor()));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static Instant newest(List<StoredObject> group) {
    return group.stream().map(StoredObject::modified).reduce(Instant.MIN, Planner::later);
  }

  /** {@code layers/<diffID>/} of {@code layers/<diffID>/<version>/}. */
  private static String parent(String layer) {
    return layer.substring(0, layer.lastIndexOf('/', layer.length() - 2) + 1);
  }

  private void judge(
      Kind kind, String prefix, String name, List<StoredObject> group, String marker) {
    boolean finished = group.stream().anyMatch(one -> one.key().equals(prefix + marker));
    Optional<Rule> rule = finished ? rule(name, newest(group)) : Optional.of(Rule.INCOMPLETE);
    rule.ifPresent(found -> add(kind, found, name, group, marker));
  }

  private void judgeOne(Kind kind, StoredObject object) {
    Kind exact = kind == Kind.BLOB && marks.depthOf(object.key()) > 0 ? Kind.DOCUMENT : kind;
    rule(object.key(), object.modified())
        .ifPresent(rule -> add(exact, rule, object.key(), List.of(object), ""));
  }

  /** Of what belongs to no image that is known only the age tells whether it is used. */
  private Optional<Rule> rule(String name, Instant modified) {
    Optional<Rule> known = marks.ruleFor(name);
    if (known.isPresent() || marks.isWanted(name)) {
      return known;
    }
    return config.unusedFor() != null && modified.isBefore(now.minus(config.unusedFor()))
        ? Optional.of(Rule.UNUSED)
        : Optional.empty();
  }

  private void add(Kind kind, Rule rule, String name, List<StoredObject> group, String marker) {
    if (!newest(group).isBefore(now.minus(config.grace()))) {
      return;
    }
    List<StoredObject> markerFirst =
        group.stream()
            .sorted(Comparator.comparing(one -> !one.key().endsWith("/" + marker)))
            .toList();
    removals.add(new Removal(kind, rule, name, markerFirst));
  }

  /** Objects by the first {@code depth} parts of their keys. */
  private static final class Groups {
    private final int depth;
    private final TreeMap<String, List<StoredObject>> all = new TreeMap<>();

    Groups(int depth) {
      this.depth = depth;
    }

    void add(StoredObject object) {
      int end = 0;
      for (int i = 0; i < depth && end >= 0; i++) {
        end = object.key().indexOf('/', end) + 1;
        if (end == 0) {
          return; // no key of ours: not ours to remove
        }
      }
      all.computeIfAbsent(object.key().substring(0, end), name -> new ArrayList<>()).add(object);
    }

    Map<String, List<StoredObject>> all() {
      return all;
    }
  }
}
