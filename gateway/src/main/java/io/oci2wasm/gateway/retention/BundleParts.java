package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Of which engines, training logs, filesystems and packed layers the bundles consist that stay:
 * these stay, too, whatever the rules.
 */
final class BundleParts implements AutoCloseable {
  private static final int AT_ONCE = 256;

  private final Bucket bucket;
  private final SortedLines lines;

  /** The keys of descriptions that are not read yet. */
  private final List<String> waiting = new ArrayList<>();

  private SortedLines.@Nullable Cursor cursor;
  private @Nullable String line;

  BundleParts(Bucket bucket, Path directory) {
    this.bucket = bucket;
    this.lines = new SortedLines(directory);
  }

  /** What bundles consist of, which are given by their prefixes; nothing of those not there. */
  static Set<String> of(Bucket bucket, List<String> bundles) throws IOException {
    Set<String> parts = new HashSet<>();
    for (int from = 0; from < bundles.size(); from += AT_ONCE) {
      List<String> some = bundles.subList(from, Math.min(from + AT_ONCE, bundles.size()));
      parts.addAll(parts(bucket, some.stream().map(BundleParts::description).toList()));
    }
    return parts;
  }

  private static String description(String bundle) {
    return ObjectKeys.bundleDescription(ObjectKeys.conversionId(bundle));
  }

  private static List<String> parts(Bucket bucket, List<String> descriptions) throws IOException {
    List<String> parts = new ArrayList<>();
    for (byte[] description :
        bucket.bytes(descriptions, DocumentContent.MAX_DESCRIPTION_BYTES).values()) {
      parts.addAll(DocumentContent.partsOfBundle(description));
    }
    return parts;
  }

  /** A bundle that stays, by its prefix. */
  void add(String bundle) throws IOException {
    waiting.add(description(bundle));
    if (waiting.size() >= AT_ONCE) {
      read();
    }
  }

  private void read() throws IOException {
    for (String part : parts(bucket, waiting)) {
      lines.add(Fields.line(part));
    }
    waiting.clear();
  }

  /**
   * Whether a bundle consists of it: an engine or a log by its key, trainings of its image that
   * have yielded its log by their prefix, others by the prefix of their version. They are asked for
   * in their order, and nothing is added any more.
   */
  boolean contain(String part) throws IOException {
    SortedLines.Cursor open = cursor;
    if (open == null) {
      read();
      open = lines.read();
      cursor = open;
      line = open.next();
    }
    while (line != null && Fields.first(line).compareTo(part) < 0) {
      line = open.next();
    }
    return line != null && Fields.first(line).equals(part);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
