package io.oci2wasm.api;

import io.oci2wasm.api.ObjectName.Family;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Keys of the object store (docs/FORMATS.md, "Objects"): the only place that writes and parses
 * them.
 */
public final class ObjectKeys {
  private static final String BLOBS = "blobs/";
  private static final String BUNDLES = "bundles/";
  private static final String CLAIMS = "claims/";
  private static final String DIFF_IDS = "diffids/";
  private static final String ENGINES = "engines/";
  private static final String LAYERS = "layers/";
  private static final String ROOTFS = "rootfs/";
  private static final String SERVED = "served/";
  private static final String SNAPSHOTS = "snapshots/";
  private static final String TRAININGS = "trainings/";
  private static final String TRANSLATIONS = "translations/";
  private static final String BUNDLE_MARKER = "bundle.json";
  private static final String LAYER_MARKER = "index";

  /** No packer's version begins so: they begin with a number. */
  private static final String LAYER_LOGS = "log-";

  /** Of training logs. Earlier versions had the engine's digest here. */
  private static final int LOG_FORMAT = 1;

  private static final String ROOTFS_MARKER = "layout";

  /** What a recipe may name: an engine, metadata of a filesystem, data of a layer. */
  private static final Pattern PART =
      Pattern.compile(
          "engines/[0-9a-f]{64}|rootfs/[0-9a-f]{64}/[0-9A-Za-z][0-9A-Za-z._-]*/metadata"
              + "|layers/[0-9a-f]{64}/[0-9A-Za-z][0-9A-Za-z._-]*/data");

  private static final Pattern TRAINING =
      Pattern.compile("trainings/[0-9a-f]{64}/([0-9a-f]{64})/([0-9a-f]{64})");

  private static final DateTimeFormatter SNAPSHOT_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final Pattern SNAPSHOT =
      Pattern.compile("snapshots/([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{64})\\.jsonl\\.gz");

  /**
   * What all keys begin with that retention looks at, in the order in which a store lists them.
   * Snapshots of the state belong to no image.
   */
  public static final List<String> PREFIXES =
      List.of(
          BLOBS,
          BUNDLES,
          CLAIMS,
          DIFF_IDS,
          ENGINES,
          LAYERS,
          ROOTFS,
          SERVED,
          TRAININGS,
          TRANSLATIONS);

  private ObjectKeys() {}

  public static String blob(Sha256Digest digest) {
    return BLOBS + "sha256/" + digest.hex();
  }

  /**
   * Marks that {@code registry/repository} has shown that it serves {@code digest}. The repository
   * is one part of the key: a store that keeps files would else refuse what lies below {@code
   * team/app/sha256/HEX}, which may be a repository too.
   */
  public static String served(String registry, String repository, Sha256Digest digest) {
    return SERVED + registry + "/" + repository.replace('/', '!') + "/sha256/" + digest.hex();
  }

  /** Holds the diffID that was computed from a compressed blob. */
  public static String diffId(Sha256Digest compressedBlob) {
    return DIFF_IDS + "sha256/" + compressedBlob.hex();
  }

  /** The prefix of a layer with all its packings. */
  public static String layer(Sha256Digest diffId) {
    return LAYERS + diffId.hex() + "/";
  }

  public static String layerData(Sha256Digest diffId, String packerVersion) {
    return layer(diffId) + packerVersion + "/data";
  }

  /** The layer's commit marker: written after its data. */
  public static String layerIndex(Sha256Digest diffId, String packerVersion) {
    return layer(diffId) + packerVersion + "/" + LAYER_MARKER;
  }

  /** The prefix of what is known of a layer from trainings: logs that are merged. */
  public static String layerLogs(Sha256Digest diffId) {
    return layer(diffId) + LAYER_LOGS + LOG_FORMAT + "/";
  }

  /** One of the {@link #layerLogs}. */
  public static String layerLog(Sha256Digest diffId, Sha256Digest log) {
    return layerLogs(diffId) + log.hex();
  }

  /** An engine.wasm, which many recipes name. */
  public static String engine(Sha256Digest digest) {
    return ENGINES + digest.hex();
  }

  /** A training log, whose translations many bundles may have. */
  public static String translation(Sha256Digest log) {
    return TRANSLATIONS + log.hex();
  }

  /** The prefix of what trainings of an image have yielded. */
  public static String trainings(Sha256Digest manifest) {
    return TRAININGS + manifest.hex() + "/";
  }

  /** The prefix of those that have yielded this log. */
  public static String trainings(Sha256Digest manifest, Sha256Digest log) {
    return trainings(manifest) + log.hex() + "/";
  }

  /** Says that a training in a way that has this digest has yielded this log. */
  public static String training(Sha256Digest manifest, Sha256Digest log, Sha256Digest way) {
    return trainings(manifest, log) + way.hex();
  }

  /** The log that a training in this way has yielded, by its key; nothing of another key. */
  public static Optional<Sha256Digest> logOfTraining(String key, Sha256Digest way) {
    Matcher parts = TRAINING.matcher(key);
    return parts.matches() && parts.group(2).equals(way.hex())
        ? Optional.of(new Sha256Digest(parts.group(1)))
        : Optional.empty();
  }

  /** The prefix of the filesystem of an image with these layers, lowest first. */
  public static String rootfs(List<Sha256Digest> diffIds) {
    String lines = diffIds.stream().map(Sha256Digest::toString).collect(Collectors.joining("\n"));
    return ROOTFS + Sha256Digest.of(lines.getBytes(StandardCharsets.UTF_8)).hex() + "/";
  }

  /** The frames of a filesystem's metadata, as packer and converter of these versions write it. */
  public static String rootfsMetadata(
      List<Sha256Digest> diffIds, String packerVersion, String converterVersion) {
    return rootfs(diffIds) + packerVersion + "." + converterVersion + "/metadata";
  }

  /** The filesystem's commit marker: written after its metadata. */
  public static String rootfsLayout(
      List<Sha256Digest> diffIds, String packerVersion, String converterVersion) {
    return rootfs(diffIds) + packerVersion + "." + converterVersion + "/" + ROOTFS_MARKER;
  }

  /** Whether a recipe may name this object. */
  public static boolean isPart(String key) {
    return PART.matcher(key).matches();
  }

  /** Whether a part is a filesystem's metadata, in frames. */
  public static boolean isRootfsMetadata(String part) {
    return part.startsWith(ROOTFS);
  }

  /** Whether a part is a layer's data, in frames. */
  public static boolean isLayerData(String part) {
    return part.startsWith(LAYERS);
  }

  /** The prefix of all that belongs to a bundle. */
  public static String bundle(String conversionId) {
    return BUNDLES + conversionId + "/";
  }

  /** The conversion id of a bundle's prefix. */
  public static String conversionId(String bundle) {
    return bundle.substring(BUNDLES.length(), bundle.length() - 1);
  }

  public static String bundleModule(String conversionId) {
    return bundle(conversionId) + "bundle.wasm";
  }

  /** Of which bytes the module consists. */
  public static String bundleRecipe(String conversionId) {
    return bundle(conversionId) + "recipe.json";
  }

  /** Who made the module from what; there once somebody has put it together. */
  public static String bundleModuleStatement(String conversionId) {
    return bundle(conversionId) + "module.json";
  }

  /** The data file of a split bundle, under the name by which its module looks for it. */
  public static String bundleData(String conversionId, String name) {
    return bundle(conversionId) + name;
  }

  /** The same as of the module, of the data file of a split bundle. */
  public static String bundleDataStatement(String conversionId) {
    return bundle(conversionId) + "data.json";
  }

  /** Who made the bundle from what: an in-toto statement. */
  public static String bundleProvenance(String conversionId) {
    return bundle(conversionId) + "provenance.json";
  }

  /** What is in the bundle: a bill of materials (CycloneDX). */
  public static String bundleSbom(String conversionId) {
    return bundle(conversionId) + "sbom.cdx.json";
  }

  /** The bundle's commit marker: written after its recipe, provenance and bill of materials. */
  public static String bundleDescription(String conversionId) {
    return bundle(conversionId) + BUNDLE_MARKER;
  }

  /** Which log a training of a bundle has yielded, by the digest of how it is trained. */
  public static String bundleTraining(String conversionId, Sha256Digest training) {
    return bundle(conversionId) + "training-" + training.hex() + ".json";
  }

  /** Says which worker is converting, while it does; the only object that changes. */
  public static String claim(String conversionId) {
    return CLAIMS + conversionId;
  }

  /** An object that is written to see what time the store has, and removed at once. */
  public static String clockProbe(String id) {
    return CLAIMS + "clock/" + id;
  }

  /** What all snapshots' keys begin with. */
  public static String snapshots() {
    return SNAPSHOTS;
  }

  /** The gateway's state at {@code time}; its digest is in the name. Keys are in times' order. */
  public static String snapshot(Instant time, Sha256Digest digest) {
    return SNAPSHOTS + SNAPSHOT_TIME.format(time) + "-" + digest.hex() + ".jsonl.gz";
  }

  /** The digest of a snapshot, by its key; none of another key. */
  public static Optional<Sha256Digest> snapshotDigest(String key) {
    Matcher parts = SNAPSHOT.matcher(key);
    return parts.matches() ? Optional.of(new Sha256Digest(parts.group(2))) : Optional.empty();
  }

  /** When a snapshot was taken, to the second, by its key; nothing of another key. */
  public static Optional<Instant> snapshotTime(String key) {
    Matcher parts = SNAPSHOT.matcher(key);
    return parts.matches()
        ? Optional.of(SNAPSHOT_TIME.parse(parts.group(1), Instant::from))
        : Optional.empty();
  }

  /** What a key says; nothing of a key that is none of ours. */
  public static Optional<ObjectName> parse(String key) {
    if (key.startsWith(BUNDLES)) {
      return grouped(Family.BUNDLE, key, 2, 2, BUNDLE_MARKER);
    }
    if (key.startsWith(LAYERS)) {
      String layer = parts(key, 2);
      Family family = key.startsWith(LAYER_LOGS, layer.length()) ? Family.LAYER_LOG : Family.LAYER;
      return grouped(family, key, 2, 3, LAYER_MARKER);
    }
    if (key.startsWith(ROOTFS)) {
      return grouped(Family.ROOTFS, key, 2, 3, ROOTFS_MARKER);
    }
    if (TRAINING.matcher(key).matches()) {
      return Optional.of(new ObjectName(Family.TRAINING, key, parts(key, 3), false));
    }
    return single(Family.BLOB, BLOBS, key)
        .or(() -> single(Family.ENGINE, ENGINES, key))
        .or(() -> single(Family.CLAIM, CLAIMS, key))
        .or(() -> single(Family.DIFF_ID, DIFF_IDS, key))
        .or(() -> single(Family.SERVED, SERVED, key))
        .or(() -> single(Family.TRANSLATION, TRANSLATIONS, key));
  }

  private static Optional<ObjectName> single(Family family, String prefix, String key) {
    return key.startsWith(prefix)
        ? Optional.of(new ObjectName(family, key, key, false))
        : Optional.empty();
  }

  private static Optional<ObjectName> grouped(
      Family family, String key, int nameParts, int groupParts, String marker) {
    String name = parts(key, nameParts);
    String group = parts(key, groupParts);
    return group.isEmpty()
        ? Optional.empty()
        : Optional.of(new ObjectName(family, name, group, key.equals(group + marker)));
  }

  /** The first parts of a key, to the slash after them; empty where it has fewer. */
  private static String parts(String key, int count) {
    int end = 0;
    for (int i = 0; i < count; i++) {
      end = key.indexOf('/', end) + 1;
      if (end == 0) {
        return "";
      }
    }
    return key.substring(0, end);
  }
}
