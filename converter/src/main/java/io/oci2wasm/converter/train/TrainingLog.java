package io.oci2wasm.converter.train;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What training runs have recorded: no code, only where code is hot, in pages that are named by
 * their digest (docs/FORMATS.md, "Trained bundles").
 *
 * @param engine digest of the engine.wasm that ran: it says only where the log comes from
 */
public record TrainingLog(Sha256Digest engine, List<Recording> recordings) {
  private static final byte[] MAGIC = "OW2WLOG1".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST_BYTES = 32;
  private static final int PAGE_BYTES = Long.BYTES + DIGEST_BYTES;
  private static final int MAX_RECORDINGS = 65536;

  /** In the place of the engine, where recordings of several come together. */
  public static final Sha256Digest NO_ENGINE = Sha256Digest.from(new byte[DIGEST_BYTES]);

  /** Of a log without recordings. */
  static final int HEADER_BYTES = MAGIC.length + DIGEST_BYTES + Integer.BYTES;

  public TrainingLog {
    recordings = List.copyOf(recordings);
  }

  /** A log of what an engine has told in its training runs. */
  public static TrainingLog of(Sha256Digest engine, List<Recording> told) {
    List<Recording> pieces = new ArrayList<>();
    for (Recording recording : told) {
      for (Recording piece : recording.neighbourhoods()) {
        if (!piece.leaders().isEmpty() && pieces.size() < MAX_RECORDINGS) {
          pieces.add(piece);
        }
      }
    }
    return new TrainingLog(engine, pieces);
  }

  /** A log of recordings whose pages lie near to each other, as many as there is room for. */
  static TrainingLog ofPieces(Sha256Digest engine, List<Recording> pieces) {
    return new TrainingLog(engine, pieces.subList(0, Math.min(pieces.size(), MAX_RECORDINGS)));
  }

  /** The log's bytes. {@link #parse} gives an equal log back. */
  public byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).put(bytes(engine)).putInt(recordings.size());
    recordings.forEach(recording -> write(recording, out));
    return out.array();
  }

  private static void write(Recording recording, ByteBuffer out) {
    recording.writeHeader(out);
    for (Recording.Page page : recording.pages()) {
      out.putLong(page.offset()).put(bytes(page.digest()));
    }
    recording.writeLeadersAndEdges(out);
  }

  /** How many bytes {@link #encode} gives. */
  public int sizeBytes() {
    return HEADER_BYTES + recordings.stream().mapToInt(TrainingLog::sizeOf).sum();
  }

  /** How many bytes a recording takes in a log. */
  static int sizeOf(Recording recording) {
    return Recording.HEADER_BYTES
        + recording.pages().size() * PAGE_BYTES
        + recording.leadersAndEdgesBytes();
  }

  /** What two recordings have in common only if they are equal. */
  static String key(Recording recording) {
    ByteBuffer bytes = ByteBuffer.allocate(sizeOf(recording)).order(ByteOrder.LITTLE_ENDIAN);
    write(recording, bytes);
    return Sha256Digest.of(bytes.array()).hex();
  }

  /**
   * Reads a log.
   *
   * @throws IOException if it is none
   */
  public static TrainingLog parse(byte[] log) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN);
    try {
      byte[] magic = new byte[MAGIC.length];
      in.get(magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw new IllegalArgumentException("other bytes at its beginning");
      }
      Sha256Digest engine = digest(in);
      int count = Recording.checked(in.getInt(), MAX_RECORDINGS);
      List<Recording> recordings = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        recordings.add(recording(in));
      }
      if (in.hasRemaining()) {
        throw new IllegalArgumentException(in.remaining() + " bytes behind its end");
      }
      return new TrainingLog(engine, recordings);
    } catch (BufferUnderflowException e) {
      throw new IOException("found its end too soon, expected a training log", e);
    } catch (IllegalArgumentException e) {
      throw new IOException("found " + e.getMessage() + ", expected a training log", e);
    }
  }

  private static Recording recording(ByteBuffer in) {
    int pageCount = Recording.checked(in.getInt(), Recording.MAX_PAGES);
    int leaderCount = in.getInt();
    int edgeCount = in.getInt();
    in.getInt();
    List<Recording.Page> pages = new ArrayList<>();
    for (int i = 0; i < pageCount; i++) {
      pages.add(new Recording.Page(in.getLong(), digest(in)));
    }
    List<Recording.Leader> leaders = Recording.readLeaders(in, leaderCount);
    return Recording.checked(new Recording(pages, leaders, Recording.readEdges(in, edgeCount)));
  }

  private static Sha256Digest digest(ByteBuffer in) {
    byte[] digest = new byte[DIGEST_BYTES];
    in.get(digest);
    return Sha256Digest.from(digest);
  }

  private static byte[] bytes(Sha256Digest digest) {
    return HexFormat.of().parseHex(digest.hex());
  }

  /** The digests of all pages. */
  public Set<Sha256Digest> pages() {
    Set<Sha256Digest> pages = new LinkedHashSet<>();
    for (Recording recording : recordings) {
      recording.pages().forEach(page -> pages.add(page.digest()));
    }
    return pages;
  }
}
