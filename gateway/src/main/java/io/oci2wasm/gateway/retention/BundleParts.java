package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Of which engines, filesystems and packed layers the bundles consist that stay: these stay, too,
 * whatever the rules.
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

  /** What a bundle consists of, by its prefix; nothing where there is none. */
  static List<String> of(Bucket bucket, String bundle) throws IOException {
    String key = ObjectKeys.bundleDescription(ObjectKeys.conversionId(bundle));
    return DocumentContent.partsOfBundle(
        bucket.bytes(key, DocumentContent.MAX_DESCRIPTION_BYTES).orElse(new byte[0]));
  }

  /** A bundle that stays, by its prefix. */
  void add(String bundle) throws IOException {
    waiting.add(ObjectKeys.bundleDescription(ObjectKeys.conversionId(bundle)));
    if (waiting.size() >= AT_ONCE) {
      read();
    }
  }

  private void read() throws IOException {
    for (byte[] description :
        bucket.bytes(waiting, DocumentContent.MAX_DESCRIPTION_BYTES).values()) {
      for (String part : DocumentContent.partsOfBundle(description)) {
        lines.add(Fields.line(part));
      }
    }
    waiting.clear();
  }

  /**
   * Whether a bundle consists of it: an engine by its key, others by the prefix of their version.
   * They are asked for in their order, and nothing is added any more.
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
