package io.oci2wasm.gateway.retention;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lines that are added in any order and read in the order of their characters, each once. They are
 * in memory while they are few, else in sorted files: the memory has a bound, the time grows with
 * the lines.
 */
final class SortedLines implements AutoCloseable {
  /** So much is sorted in memory, as characters with what the JVM needs for each line. */
  private static final int MAX_BYTES = 12 << 20;

  private static final int LINE_OVERHEAD = 64;

  /** So many files are read at once. */
  private static final int MAX_FILES = 64;

  private final Path directory;
  private final List<Closeable> open = new ArrayList<>();
  private List<String> lines = new ArrayList<>();
  private List<Path> files = new ArrayList<>();
  private int bytes;

  /** Files, where they are needed, come into {@code directory}. */
  SortedLines(Path directory) {
    this.directory = directory;
  }

  /** Adds a line; it has no line break. */
  void add(String line) throws IOException {
    lines.add(line);
    bytes += line.length() + LINE_OVERHEAD;
    if (bytes > MAX_BYTES) {
      Collections.sort(lines);
      files.add(write(new Cursor(List.of(new Source(lines.iterator()::next, lines.size())))));
      lines = new ArrayList<>();
      bytes = 0;
    }
  }

  /** From the first line on. Nothing is added after that. */
  Cursor read() throws IOException {
    Collections.sort(lines);
    while (files.size() > MAX_FILES) {
      List<Path> merged = new ArrayList<>();
      for (int from = 0; from < files.size(); from += MAX_FILES) {
        List<Path> some = files.subList(from, Math.min(from + MAX_FILES, files.size()));
        try (Cursor cursor = cursor(some)) {
          merged.add(write(cursor));
        }
        for (Path file : some) {
          Files.delete(file);
        }
      }
      files = merged;
    }
    Cursor cursor = cursor(files);
    cursor.sources.add(new Source(lines.iterator()::next, lines.size()));
    cursor.start();
    open.add(cursor);
    return cursor;
  }

  private static Cursor cursor(List<Path> files) throws IOException {
    List<Source> sources = new ArrayList<>();
    for (Path file : files) {
      sources.add(new Source(file));
    }
    return new Cursor(sources);
  }

  private Path write(Cursor cursor) throws IOException {
    cursor.start();
    Path file = Files.createTempFile(directory, "sorted", null);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (String line = cursor.next(); line != null; line = cursor.next()) {
        out.write(line);
        out.write('\n');
      }
    }
    return file;
  }

  @Override
  public void close() throws IOException {
    for (Closeable one : open) {
      one.close();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }

  /** The lines of one file, or of memory. */
  private static final class Source implements Closeable {
    private interface Reader {
      @Nullable String next() throws IOException;
    }

    private final Reader reader;
    private final @Nullable BufferedReader file;
    private int left;
    private String line = "";

    Source(Reader reader, int count) {
      this.reader = reader;
      this.file = null;
      this.left = count;
    }

    Source(Path path) throws IOException {
      BufferedReader opened = Files.newBufferedReader(path);
      this.file = opened;
      this.reader = opened::readLine;
      this.left = Integer.MAX_VALUE;
    }

    boolean advance() throws IOException {
      String next = left == 0 ? null : reader.next();
      left -= file == null ? 1 : 0;
      line = next == null ? "" : next;
      return next != null;
    }

    @Override
    public void close() throws IOException {
      if (file != null) {
        file.close();
      }
    }
  }

  /** Goes through lines once. */
  static final class Cursor implements Closeable {
    private final List<Source> sources;
    private final PriorityQueue<Source> queue =
        new PriorityQueue<>((one, other) -> one.line.compareTo(other.line));
    private @Nullable String last;

    private Cursor(List<Source> sources) {
      this.sources = new ArrayList<>(sources);
    }

    private void start() throws IOException {
      for (Source source : sources) {
        offer(source);
      }
    }

    private void offer(Source source) throws IOException {
      if (source.advance()) {
        queue.add(source);
      }
    }

    /** The next line that differs from the last one; null at the end. */
    @Nullable String next() throws IOException {
      while (true) {
        Source source = queue.poll();
        if (source == null) {
          return null;
        }
        String line = source.line;
        offer(source);
        if (!line.equals(last)) {
          last = line;
          return line;
        }
      }
    }

    @Override
    public void close() throws IOException {
      for (Source source : sources) {
        source.close();
      }
    }
  }
}
