package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.EngineAge;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.ObjectName;
import io.oci2wasm.api.ObjectName.Family;
import io.oci2wasm.gateway.retention.MarkReader.Mark;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lists the bucket beside the marks, both in the order of names, and selects what to remove. It
 * removes nothing itself.
 */
final class Planner {
  /** The bundle with a log's translations may wait in the queues for so long. */
  private static final Duration LOG_REMOVABLE = Duration.ofDays(1);

  private final Bucket bucket;
  private final RetentionConfig config;
  private final Instant now;
  private final Plan plan;
  private final MarkReader marks;
  private final BundleParts parts;

  /** The bundle, filesystem or layer, with all that is stored of it, that is being listed. */
  private @Nullable ObjectName listed;

  private final Map<String, List<StoredObject>> groups = new LinkedHashMap<>();
  private String lastKey = "";

  /** Picks into {@code plan}. */
  Planner(
      Bucket bucket,
      SortedLines.Cursor marks,
      BundleParts parts,
      RetentionConfig config,
      Instant now,
      Plan plan)
      throws IOException {
    this.bucket = bucket;
    this.config = config;
    this.now = now;
    this.plan = plan;
    this.marks = new MarkReader(marks, plan::addMissing);
    this.parts = parts;
  }

  void pick() throws IOException {
    for (String prefix : ObjectKeys.PREFIXES) {
      bucket.visit(prefix, this::take);
    }
    judgeGroups();
    marks.end();
  }

  private void take(StoredObject object) throws IOException {
    if (object.key().compareTo(lastKey) <= 0) {
      throw new IOException(
          String.format(
              "retention, listing the object store: found %s after %s, expected keys in"
                  + " their order; nothing was removed, use a store that lists them so",
              object.key(), lastKey));
    }
    lastKey = object.key();
    ObjectName name = ObjectKeys.parse(object.key()).orElse(null);
    if (name == null) {
      return; // no key of ours: not ours to remove
    }
    plan.count(object.size());
    if (listed != null && !listed.name().equals(name.name())) {
      judgeGroups();
    }
    switch (name.family()) {
      case BUNDLE, LAYER, LAYER_LOG, ROOTFS -> {
        listed = name;
        groups.computeIfAbsent(name.group(), any -> new ArrayList<>()).add(object);
      }
      // A living worker renews its claim far more often than anything grows old.
      case CLAIM -> {
        boolean unused = add(Kind.CLAIM, Rule.INCOMPLETE, Mark.none(name.name()), List.of(object));
      }
      case ENGINE -> judgePart(Kind.ENGINE, name, EngineAge.REMOVABLE, object);
      case TRAINING, TRANSLATION -> judgePart(Kind.TRANSLATION, name, LOG_REMOVABLE, object);
      case BLOB -> judgeOne(Kind.BLOB, object);
      case DIFF_ID -> judgeOne(Kind.DIFFID, object);
      case SERVED -> judgeOne(Kind.SERVED, object);
    }
  }

  private void judgeOne(Kind kind, StoredObject object) throws IOException {
    Mark mark = marks.find(object.key());
    Rule rule = rule(mark, object.modified());
    if (rule != null) {
      boolean unused = add(mark.height() > 0 ? Kind.DOCUMENT : kind, rule, mark, List.of(object));
    }
  }

  /** What many bundles may consist of goes when none does, and none is being made. */
  private void judgePart(Kind kind, ObjectName name, Duration removable, StoredObject object)
      throws IOException {
    boolean old = object.modified().isBefore(now.minus(removable));
    if (old && !parts.contain(name.group())) {
      boolean unused = add(kind, Rule.UNUSED, Mark.none(object.key()), List.of(object));
    }
  }

  /**
   * A layer may have been packed, and a filesystem written, by several versions, and a layer's logs
   * may be of several engines: old ones are superseded where no bundle that stays consists of them.
   */
  private void judgeGroups() throws IOException {
    ObjectName name = listed;
    if (name == null) {
      return;
    }
    Mark mark = marks.find(name.name());
    for (Map.Entry<String, List<StoredObject>> one : groups.entrySet()) {
      List<StoredObject> group = one.getValue();
      Family family = family(group);
      boolean used = family != Family.BUNDLE && parts.contain(one.getKey());
      // Each of the logs is whole by itself.
      boolean finished = family == Family.LAYER_LOG || group.stream().anyMatch(Planner::isMarker);
      Instant modified = newest(group);
      @Nullable Rule rule;
      if (used) {
        rule = null;
      } else if (modified.isBefore(latest(family)) && isOver(modified)) {
        rule = Rule.SUPERSEDED;
      } else if (finished) {
        rule = rule(mark, modified);
      } else {
        rule = Rule.INCOMPLETE;
      }
      boolean goes = rule != null && add(kind(family), rule, mark, group);
      if (family == Family.BUNDLE && finished && !goes) {
        parts.add(one.getKey());
      }
    }
    groups.clear();
    listed = null;
  }

  /** When the last group of a family was written, of those that belong to what is listed. */
  private Instant latest(Family family) {
    return newest(
        groups.values().stream()
            .filter(group -> family(group) == family)
            .flatMap(List::stream)
            .toList());
  }

  private static Family family(List<StoredObject> group) {
    return ObjectKeys.parse(group.get(0).key()).orElseThrow().family();
  }

  private static Kind kind(Family family) {
    return switch (family) {
      case LAYER -> Kind.LAYER;
      case LAYER_LOG -> Kind.TRANSLATION;
      case ROOTFS -> Kind.ROOTFS;
      default -> Kind.BUNDLE;
    };
  }

  private static boolean isMarker(StoredObject object) {
    return ObjectKeys.parse(object.key()).filter(ObjectName::isMarker).isPresent();
  }

  private boolean isOver(Instant modified) {
    return config.supersededFor() != null && modified.isBefore(now.minus(config.supersededFor()));
  }

  private static Instant newest(List<StoredObject> group) {
    return group.stream()
        .map(StoredObject::modified)
        .max(Comparator.naturalOrder())
        .orElse(Instant.MIN);
  }

  /** Of what belongs to no image that is known only the age tells whether it is used. */
  private @Nullable Rule rule(Mark mark, Instant modified) {
    if (mark.wanted()) {
      return null;
    }
    if (mark.rule() != null) {
      return mark.rule();
    }
    return config.unusedFor() != null && modified.isBefore(now.minus(config.unusedFor()))
        ? Rule.UNUSED
        : null;
  }

  /** Whether it is old enough. */
  private boolean add(Kind kind, Rule rule, Mark mark, List<StoredObject> group)
      throws IOException {
    boolean goes = newest(group).isBefore(now.minus(config.grace()));
    if (goes) {
      List<StoredObject> markerFirst =
          group.stream().sorted(Comparator.comparing(one -> !isMarker(one))).toList();
      plan.add(new Removal(kind, mark.height(), mark.name(), rule, mark.places(), markerFirst));
    }
    return goes;
  }
}
