package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.store.StartedUpload;
import io.oci2wasm.runtime.store.StoredObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A store of very many images that are computed when they are asked for: each with a layer of its
 * own and one that all share. What is removed is counted.
 */
final class SyntheticBucket implements Bucket {
  private static final long ODD = 0x9e3779b97f4a7c15L;
  private static final long INVERSE = inverse();
  private static final int REMEMBERED = 4000;

  private enum Part {
    MANIFEST,
    CONFIG,
    LAYER,
    DIFF_ID,
    BUNDLE
  }

  private final long[] sorted;
  private final int repositories;
  private final Instant written;
  private final Set<String> justRemoved = new LinkedHashSet<>();
  private long removed;

  SyntheticBucket(int images, int repositories, Instant written) {
    this.repositories = repositories;
    this.written = written;
    this.sorted = new long[images];
    for (int i = 0; i < images; i++) {
      sorted[i] = (i + 1L) * ODD + Long.MIN_VALUE;
    }
    Arrays.sort(sorted);
  }

  private static long inverse() {
    long inverse = ODD;
    for (int i = 0; i < 6; i++) {
      inverse *= 2 - ODD * inverse;
    }
    return inverse;
  }

  @SuppressWarnings("EnumOrdinal") // any number of its own will do
  private static String hex(long mixed, Part part) {
    return String.format("%016x%048x", mixed, part.ordinal());
  }

  private static Sha256Digest digest(int image, Part part) {
    return new Sha256Digest(hex((image + 1L) * ODD, part));
  }

  static Sha256Digest manifest(int image) {
    return digest(image, Part.MANIFEST);
  }

  static String conversionId(int image) {
    return digest(image, Part.BUNDLE).hex();
  }

  static String repository(int image, int repositories) {
    return String.format("team/app%05d", image % repositories);
  }

  private static int image(String hex) {
    return (int) (Long.parseUnsignedLong(hex.substring(0, 16), 16) * INVERSE - 1);
  }

  long removed() {
    return removed;
  }

  @Override
  public void visit(String prefix, ImageFacts.Visitor<StoredObject> visitor) throws IOException {
    switch (prefix) {
      case "blobs/" -> {
        for (long mixed : sorted) {
          for (Part part : new Part[] {Part.MANIFEST, Part.CONFIG, Part.LAYER}) {
            show(visitor, ObjectKeys.blob(new Sha256Digest(hex(mixed - Long.MIN_VALUE, part))));
          }
        }
      }
      case "bundles/" -> {
        for (long mixed : sorted) {
          String id = hex(mixed - Long.MIN_VALUE, Part.BUNDLE);
          show(visitor, ObjectKeys.bundleDescription(id));
          show(visitor, ObjectKeys.bundleModule(id));
          show(visitor, ObjectKeys.bundleProvenance(id));
        }
      }
      case "diffids/" -> {
        for (long mixed : sorted) {
          Sha256Digest layer = new Sha256Digest(hex(mixed - Long.MIN_VALUE, Part.LAYER));
          show(visitor, ObjectKeys.diffId(layer));
        }
      }
      case "layers/" -> {
        for (long mixed : sorted) {
          Sha256Digest diffId = new Sha256Digest(hex(mixed - Long.MIN_VALUE, Part.DIFF_ID));
          show(visitor, ObjectKeys.layerData(diffId, "1"));
          show(visitor, ObjectKeys.layerIndex(diffId, "1"));
        }
      }
      case "served/" -> {
        for (int repository = 0; repository < repositories; repository++) {
          String name = repository(repository, repositories);
          long[] of = new long[(sorted.length - 1 - repository) / repositories + 1];
          for (int i = 0; i < of.length; i++) {
            of[i] = (repository + (long) i * repositories + 1L) * ODD + Long.MIN_VALUE;
          }
          Arrays.sort(of);
          for (long mixed : of) {
            for (Part part : new Part[] {Part.MANIFEST, Part.CONFIG, Part.LAYER}) {
              show(
                  visitor,
                  ObjectKeys.served(
                      "r.example", name, new Sha256Digest(hex(mixed - Long.MIN_VALUE, part))));
            }
          }
        }
      }
      default -> {
        // claims: none
      }
    }
  }

  /** Writes every object as a file of {@code folder}, as old as it says it is; says how many. */
  long writeTo(Path folder) throws IOException {
    FileTime time = FileTime.from(written);
    AtomicLong count = new AtomicLong();
    for (String prefix : List.of("blobs/", "bundles/", "diffids/", "layers/", "served/")) {
      visit(
          prefix,
          object -> {
            Path file = folder.resolve(object.key());
            Files.createDirectories(file.getParent());
            Files.write(file, isDocument(object.key()) ? document(object.key()) : new byte[1]);
            Files.setLastModifiedTime(file, time);
            count.incrementAndGet();
          });
    }
    return count.get();
  }

  private static boolean isDocument(String key) {
    return key.startsWith("blobs/") && part(key) != Part.LAYER;
  }

  private static Part part(String key) {
    return Part.values()[Integer.parseInt(name(key).substring(16), 16)];
  }

  private static String name(String key) {
    return key.substring(key.lastIndexOf('/') + 1);
  }

  private void show(ImageFacts.Visitor<StoredObject> visitor, String key) throws IOException {
    visitor.visit(new StoredObject(key, 1000, written));
  }

  @Override
  public void visitUploads(ImageFacts.Visitor<StartedUpload> visitor) {
    // none are begun here
  }

  @Override
  public Optional<byte[]> bytes(String key, int limit) {
    return Optional.of(document(key));
  }

  private static byte[] document(String key) {
    int image = image(name(key));
    String json =
        switch (part(key)) {
          case MANIFEST ->
              "{\"schemaVersion\":2,\"config\":{\"digest\":\""
                  + digest(image, Part.CONFIG)
                  + "\"},\"layers\":[{\"digest\":\""
                  + digest(0, Part.LAYER)
                  + "\"},{\"digest\":\""
                  + digest(image, Part.LAYER)
                  + "\"}]}";
          case CONFIG ->
              "{\"rootfs\":{\"diff_ids\":[\""
                  + digest(0, Part.DIFF_ID)
                  + "\",\""
                  + digest(image, Part.DIFF_ID)
                  + "\"]}}";
          default -> throw new IllegalArgumentException(key);
        };
    return json.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Map<String, byte[]> bytes(Collection<String> keys, int limit) {
    Map<String, byte[]> found = new LinkedHashMap<>();
    keys.forEach(key -> found.put(key, bytes(key, limit).orElseThrow()));
    return found;
  }

  @Override
  public Map<String, StoredObject> find(Collection<String> keys) {
    Map<String, StoredObject> found = new LinkedHashMap<>();
    for (String key : keys) {
      if (!justRemoved.contains(key)) {
        found.put(key, new StoredObject(key, 1000, written));
      }
    }
    return found;
  }

  @Override
  public void delete(List<String> keys) {
    removed += keys.size();
    if (justRemoved.size() > REMEMBERED) {
      justRemoved.clear();
    }
    justRemoved.addAll(keys);
  }

  @Override
  public void abort(StartedUpload upload) {
    throw new AssertionError("no uploads are begun here");
  }

  @Override
  public Instant time() {
    return Instant.now();
  }
}
