package io.oci2wasm.converter.train;

import io.oci2wasm.api.Sha256Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What an engine is given to translate: a log's recordings, and the bytes of their pages
 * (docs/FORMATS.md, "Trained bundles").
 *
 * @param bytes the engine's standard input with {@code --replay}
 * @param recordings how many are in it
 * @param pages how many are in it
 * @param droppedPages pages of the log that no file has
 * @param droppedRecordings recordings of which no page is left, or for which there is no room
 */
public record TranslationJob(
    ByteBuffer bytes, int recordings, int pages, int droppedPages, int droppedRecordings) {
  private static final int MAGIC = 0x4a32574f; // "OW2J"
  private static final int HEADER_BYTES = 36;
  private static final int PAGE_BYTES = 16;

  /** In an engine (engine/translate/unit.h). */
  static final int MAX_PAGES = 768;

  /** For which hosts code is made. */
  public enum Hosts {
    /** All. A function has at most what a JVM still compiles. */
    ALL(160, 0),
    /** Those that have 128-bit vectors. Functions are as large as docs/run.mjs wants them. */
    WITH_VECTORS(1000, 1);

    private final int unitLimit;
    private final int simd;

    /** {@code unitLimit}: guest instructions in a function. */
    Hosts(int unitLimit, int simd) {
      this.unitLimit = unitLimit;
      this.simd = simd;
    }

    /** {@code vectors}: whether a bundle may need them. */
    public static Hosts of(boolean vectors) {
      return vectors ? WITH_VECTORS : ALL;
    }
  }

  /** {@code found}: the bytes of pages by their digests, of which some may be missing. */
  public static TranslationJob of(
      TrainingLog log, Map<Sha256Digest, byte[]> found, EngineNumbers numbers, Hosts hosts) {
    Map<Sha256Digest, Integer> pageNumbers = new LinkedHashMap<>();
    List<Recording> taken = new ArrayList<>();
    int size = HEADER_BYTES;
    for (Recording recording : log.recordings()) {
      Recording left = recording.only(page -> found.containsKey(page.digest()));
      long added =
          left.pages().stream()
              .map(Recording.Page::digest)
              .distinct()
              .filter(digest -> !pageNumbers.containsKey(digest))
              .count();
      if (left.leaders().isEmpty() || pageNumbers.size() + added > MAX_PAGES) {
        continue;
      }
      left.pages().forEach(page -> pageNumbers.putIfAbsent(page.digest(), pageNumbers.size()));
      taken.add(left);
      size +=
          Recording.HEADER_BYTES + left.pages().size() * PAGE_BYTES + left.leadersAndEdgesBytes();
    }
    ByteBuffer out =
        ByteBuffer.allocate(size + pageNumbers.size() * Recording.PAGE_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(MAGIC)
        .putInt(numbers.unitType())
        .putInt(numbers.handlerType())
        .putInt(numbers.carryType())
        .putInt(numbers.tableSize())
        .putInt(hosts.unitLimit)
        .putInt(hosts.simd)
        .putInt(pageNumbers.size())
        .putInt(taken.size());
    pageNumbers.keySet().forEach(digest -> out.put(Objects.requireNonNull(found.get(digest))));
    for (Recording recording : taken) {
      recording.writeHeader(out);
      for (Recording.Page page : recording.pages()) {
        out.putLong(page.offset())
            .putInt(Objects.requireNonNull(pageNumbers.get(page.digest())))
            .putInt(0);
      }
      recording.writeLeadersAndEdges(out);
    }
    return new TranslationJob(
        out.flip().asReadOnlyBuffer(),
        taken.size(),
        pageNumbers.size(),
        (int) log.pages().stream().filter(page -> !found.containsKey(page)).count(),
        log.recordings().size() - taken.size());
  }
}
