package io.oci2wasm.gateway.retention;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the marks of names that are asked for in their order. */
final class MarkReader {
  /** Stands for any repository, where more than {@link #MAX_PLACES} lead to something. */
  static final String ANY = "*";

  private static final int MAX_PLACES = 16;

  private final SortedLines.Cursor cursor;
  private final ImageFacts.Visitor<String> passed;
  private @Nullable Mark next;
  private @Nullable String line;
  private String found = "";

  /**
   * What the marks say of a name.
   *
   * @param wanted whether any image that stays leads there
   * @param rule by which the images go that lead there; null where there are none
   * @param height of a document above what it leads to; 0 of anything else
   * @param places short names of their repositories, or {@link #ANY}
   */
  record Mark(
      String name,
      boolean announced,
      boolean wanted,
      @Nullable Rule rule,
      int height,
      Set<String> places) {
    static Mark none(String name) {
      return new Mark(name, false, false, null, 0, Set.of());
    }
  }

  /** {@code passed} is told of names that were announced and not asked for. */
  MarkReader(SortedLines.Cursor cursor, ImageFacts.Visitor<String> passed) throws IOException {
    this.cursor = cursor;
    this.passed = passed;
    this.line = cursor.next();
    this.next = read();
  }

  /** The marks of {@code name}, which does not come before the last one. */
  Mark find(String name) throws IOException {
    while (next != null && next.name().compareTo(name) < 0) {
      pass(next);
      next = read();
    }
    if (next == null || !next.name().equals(name)) {
      return Mark.none(name);
    }
    found = name;
    return next;
  }

  /** Nothing is asked for after this. */
  void end() throws IOException {
    while (next != null) {
      pass(next);
      next = read();
    }
  }

  private void pass(Mark mark) throws IOException {
    if (mark.announced() && !mark.name().equals(found)) {
      passed.visit(mark.name());
    }
  }

  private @Nullable Mark read() throws IOException {
    if (line == null) {
      return null;
    }
    String name = Fields.first(line);
    boolean announced = false;
    boolean wanted = false;
    Rule rule = null;
    int height = 0;
    Set<String> places = new TreeSet<>();
    boolean many = false;
    for (; line != null && Fields.first(line).equals(name); line = cursor.next()) {
      String[] fields = Fields.of(line);
      switch (fields[1]) {
        case MarkLines.ANNOUNCED -> announced = true;
        case MarkLines.WANTED -> wanted = true;
        default -> {
          Rule one = Rule.ofRank(fields[2]);
          rule = rule == null || one.compareTo(rule) < 0 ? one : rule;
          height = Math.max(height, Integer.parseInt(fields[3]));
          many |= places.size() >= MAX_PLACES;
          if (!many) {
            places.add(fields[4]);
          }
        }
      }
    }
    return new Mark(name, announced, wanted, rule, height, many ? Set.of(ANY) : places);
  }
}
