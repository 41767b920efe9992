package io.oci2wasm.converter.train;

import io.oci2wasm.api.Sha256Digest;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an engine has counted in a training run: pages of code by their digest, where blocks begin
 * in them and how often they were executed, and jumps between them (docs/FORMATS.md, "Trained
 * bundles").
 */
public record Recording(List<Page> pages, List<Leader> leaders, List<Edge> edges) {
  /** Bytes of a page. */
  public static final int PAGE_BYTES = 4096;

  static final int HEADER_BYTES = 16;
  static final int LEADER_BYTES = 16;
  static final int EDGE_BYTES = 4;

  /** What an engine takes (engine/translate). */
  static final int MAX_PAGES = 128;

  static final int MAX_LEADERS = 4096;
  static final int MAX_EDGES = 4096;

  /** As the engine tells it: offset, number and an unused one. */
  private static final int TOLD_PAGE_BYTES = 16;

  /**
   * Two files of a program are mapped at any distance from each other, those of one neighbourhood
   * always at the same.
   */
  private static final long NEIGHBOURHOOD = 1L << 30;

  /** More than any processor's addresses; distances of such pages are numbers, too. */
  private static final long FARTHEST = 1L << 56;

  public Recording {
    pages = List.copyOf(pages);
    leaders = List.copyOf(leaders);
    edges = List.copyOf(edges);
  }

  /** A page by its distance from the first one, in bytes. */
  public record Page(long offset, Sha256Digest digest) {}

  /** Where a block begins: number of a page and offset in it. */
  public record Leader(int page, int offset, int count, int missed) {}

  /** A jump from one leader to another, by their numbers. */
  public record Edge(int from, int to) {}

  /**
   * Reads what an engine tells.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static Recording ofEngine(byte[] told) {
    ByteBuffer in = ByteBuffer.wrap(told).order(ByteOrder.LITTLE_ENDIAN);
    try {
      int pageCount = in.getInt();
      int leaderCount = in.getInt();
      int edgeCount = in.getInt();
      in.getInt();
      long[] offsets = new long[checked(pageCount, MAX_PAGES)];
      for (int i = 0; i < pageCount; i++) {
        offsets[i] = in.getLong();
        in.position(in.position() + TOLD_PAGE_BYTES - Long.BYTES);
      }
      List<Leader> leaders = readLeaders(in, leaderCount);
      List<Edge> edges = readEdges(in, edgeCount);
      List<Page> pages = new ArrayList<>();
      byte[] bytes = new byte[PAGE_BYTES];
      for (long offset : offsets) {
        in.get(bytes);
        pages.add(new Page(offset, Sha256Digest.of(bytes)));
      }
      return checked(new Recording(pages, leaders, edges));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("recording: found its end too soon", e);
    }
  }

  static int checked(int count, int max) {
    if (count < 0 || count > max) {
      throw new IllegalArgumentException(
          "recording: found "
              + Integer.toUnsignedString(count)
              + " parts, expected at most "
              + max);
    }
    return count;
  }

  /** {@code recording}, if its numbers are of what it has. */
  static Recording checked(Recording recording) {
    for (Page page : recording.pages) {
      if (page.offset % PAGE_BYTES != 0 || page.offset < -FARTHEST || page.offset > FARTHEST) {
        throw new IllegalArgumentException("recording: found a page at " + page.offset);
      }
    }
    for (Leader leader : recording.leaders) {
      if (leader.page < 0 || leader.page >= recording.pages.size()) {
        throw new IllegalArgumentException("recording: found no page " + leader.page);
      }
      if (leader.offset < 0 || leader.offset >= PAGE_BYTES) {
        throw new IllegalArgumentException("recording: found offset " + leader.offset);
      }
    }
    for (Edge edge : recording.edges) {
      if (Math.max(edge.from, edge.to) >= recording.leaders.size()) {
        throw new IllegalArgumentException("recording: found an edge of no leader");
      }
    }
    return recording;
  }

  static List<Leader> readLeaders(ByteBuffer in, int count) {
    Leader[] leaders = new Leader[checked(count, MAX_LEADERS)];
    for (int i = 0; i < count; i++) {
      leaders[i] = new Leader(in.getInt(), in.getInt(), in.getInt(), in.getInt());
    }
    return Arrays.asList(leaders);
  }

  static List<Edge> readEdges(ByteBuffer in, int count) {
    Edge[] edges = new Edge[checked(count, MAX_EDGES)];
    for (int i = 0; i < count; i++) {
      edges[i] = new Edge(Short.toUnsignedInt(in.getShort()), Short.toUnsignedInt(in.getShort()));
    }
    return Arrays.asList(edges);
  }

  void writeHeader(ByteBuffer out) {
    out.putInt(pages.size()).putInt(leaders.size()).putInt(edges.size()).putInt(0);
  }

  void writeLeadersAndEdges(ByteBuffer out) {
    for (Leader leader : leaders) {
      out.putInt(leader.page).putInt(leader.offset).putInt(leader.count).putInt(leader.missed);
    }
    for (Edge edge : edges) {
      out.putShort((short) edge.from).putShort((short) edge.to);
    }
  }

  int leadersAndEdgesBytes() {
    return leaders.size() * LEADER_BYTES + edges.size() * EDGE_BYTES;
  }

  /** The recording in pieces, each of pages that lie near to each other. */
  List<Recording> neighbourhoods() {
    List<Page> sorted = new ArrayList<>(pages);
    sorted.sort((one, other) -> Long.compare(one.offset, other.offset));
    Map<Long, Integer> numbers = new HashMap<>();
    int count = 0;
    long before = sorted.isEmpty() ? 0 : sorted.get(0).offset;
    for (Page page : sorted) {
      count += page.offset - before > NEIGHBOURHOOD ? 1 : 0;
      numbers.put(page.offset, count);
      before = page.offset;
    }
    List<Recording> pieces = new ArrayList<>();
    for (int piece = 0; piece <= count; piece++) {
      int wanted = piece;
      pieces.add(only(page -> numbers.getOrDefault(page.offset, -1) == wanted));
    }
    return pieces;
  }

  /** What of the recording is in pages that are wanted, from the first of them. */
  Recording only(Predicate<Page> wanted) {
    int[] pageNumbers = new int[pages.size()];
    int[] leaderNumbers = new int[leaders.size()];
    Arrays.fill(leaderNumbers, -1);
    List<Page> keptPages = new ArrayList<>();
    List<Leader> keptLeaders = new ArrayList<>();
    List<Edge> keptEdges = new ArrayList<>();
    @Nullable Page first = null;
    for (int i = 0; i < pageNumbers.length; i++) {
      Page page = pages.get(i);
      pageNumbers[i] = wanted.test(page) ? keptPages.size() : -1;
      if (pageNumbers[i] >= 0) {
        first = first == null ? page : first;
        keptPages.add(new Page(page.offset - first.offset, page.digest));
      }
    }
    for (int i = 0; i < leaderNumbers.length; i++) {
      Leader leader = leaders.get(i);
      if (pageNumbers[leader.page] >= 0) {
        leaderNumbers[i] = keptLeaders.size();
        keptLeaders.add(
            new Leader(pageNumbers[leader.page], leader.offset, leader.count, leader.missed));
      }
    }
    for (Edge edge : edges) {
      if (leaderNumbers[edge.from] >= 0 && leaderNumbers[edge.to] >= 0) {
        keptEdges.add(new Edge(leaderNumbers[edge.from], leaderNumbers[edge.to]));
      }
    }
    return new Recording(keptPages, keptLeaders, keptEdges);
  }
}
