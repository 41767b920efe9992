package io.oci2wasm.gateway.retention;

import java.io.IOException;
import java.nio.file.Path;

/** What to remove, in order; in files if it is much. */
final class Plan implements AutoCloseable {
  private final SortedLines removals;
  private final SortedLines missing;
  private long objects;
  private long bytes;

  Plan(Path directory) {
    this.removals = new SortedLines(directory);
    this.missing = new SortedLines(directory);
  }

  void add(Removal removal) throws IOException {
    removals.add(removal.line());
  }

  /** A bundle that people are told of is not in the store. */
  void addMissing(String name) throws IOException {
    missing.add(name);
  }

  void count(long size) {
    objects++;
    bytes += size;
  }

  /** The removals as they are to be made. Nothing is added after that. */
  void removals(ImageFacts.Visitor<Removal> visitor) throws IOException {
    SortedLines.Cursor cursor = removals.read();
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      visitor.visit(Removal.parse(line));
    }
  }

  /** The prefixes of bundles that are missing. Nothing is added after that. */
  void missing(ImageFacts.Visitor<String> visitor) throws IOException {
    SortedLines.Cursor cursor = missing.read();
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      visitor.visit(line);
    }
  }

  /** How many objects were looked at. */
  long objects() {
    return objects;
  }

  /** How much they have. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() throws IOException {
    removals.close();
    missing.close();
  }
}
