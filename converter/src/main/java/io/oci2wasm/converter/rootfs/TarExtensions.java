package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Collects the extended headers before an entry and applies them to it. */
final class TarExtensions {
  private static final int SPARSE_NUMBER = 12;
  private static final int SPARSE_PAIRS_PER_BLOCK = 21;
  private static final int SPARSE_BLOCK_EXTENDED = 504;
  private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000);

  private PaxRecords pax = PaxRecords.NONE;
  private @Nullable ByteString longName;
  private @Nullable ByteString longLink;

  boolean isEmpty() {
    return pax == PaxRecords.NONE && longName == null && longLink == null;
  }

  void pax(PaxRecords records) {
    pax = records;
  }

  void longName(byte[] payload) {
    longName = upToNul(payload);
  }

  void longLink(byte[] payload) {
    longLink = upToNul(payload);
  }

  private static ByteString upToNul(byte[] payload) {
    ByteString text = ByteString.of(payload);
    int end = text.indexOf((byte) 0, 0);
    return end < 0 ? text : text.slice(0, end);
  }

  /**
   * The entry that {@code header} begins. For a sparse file the rest of its map is read from {@code
   * reader}, so that the content is next.
   *
   * @throws IllegalArgumentException with found and expected, if a field is damaged
   */
  TarEntry entry(TarHeader header, long offset, TarReader reader)
      throws IOException, RejectedException {
    ByteString name = name(header);
    TarEntry.Type type = type(header.type(), name);
    long size = decimalOr("size", header.number(TarField.SIZE));
    if (size < 0) {
      throw new IllegalArgumentException("a size of " + size);
    }
    // Like Go: types without content have none, whatever their size field says.
    long stored = type == TarEntry.Type.FILE ? size : 0;
    Optional<SparseMap> sparse = Optional.empty();
    if (type == TarEntry.Type.FILE) {
      long mapStart = reader.position();
      sparse = sparseMap(header, size, reader);
      if (isPaxSparse1()) {
        // The map stands in the content and its size counts.
        stored -= reader.position() - mapStart;
      }
      if (sparse.isPresent() && sparse.get().storedSize() != stored) {
        throw new IllegalArgumentException(
            "a sparse map of " + sparse.get().storedSize() + " bytes for a content of " + stored);
      }
    }
    boolean device = type == TarEntry.Type.CHARACTER_DEVICE || type == TarEntry.Type.BLOCK_DEVICE;
    return new TarEntry(
        offset,
        type,
        name,
        linkName(header),
        attributes(header),
        stored,
        sparse,
        device ? header.number(TarField.DEVICE_MAJOR) : 0,
        device ? header.number(TarField.DEVICE_MINOR) : 0);
  }

  private static TarEntry.Type type(byte flag, ByteString name) {
    return switch (flag) {
      case 0 ->
          // Before POSIX, a directory was a file whose name ended in a slash.
          !name.isEmpty() && name.at(name.length() - 1) == '/'
              ? TarEntry.Type.DIRECTORY
              : TarEntry.Type.FILE;
      case '0', '7', 'S' -> TarEntry.Type.FILE;
      case '1' -> TarEntry.Type.HARD_LINK;
      case '2' -> TarEntry.Type.SYMLINK;
      case '3' -> TarEntry.Type.CHARACTER_DEVICE;
      case '4' -> TarEntry.Type.BLOCK_DEVICE;
      case '5' -> TarEntry.Type.DIRECTORY;
      case '6' -> TarEntry.Type.FIFO;
      default ->
          throw new IllegalArgumentException(
              "entry \"" + name + "\" of the unknown type 0x" + Integer.toHexString(flag & 0xff));
    };
  }

  private ByteString name(TarHeader header) {
    ByteString sparseName = pax.get("GNU.sparse.name");
    ByteString paxName = sparseName != null ? sparseName : pax.get("path");
    if (paxName != null) {
      return paxName;
    }
    return longName != null ? longName : header.name();
  }

  private ByteString linkName(TarHeader header) {
    ByteString paxLink = pax.get("linkpath");
    if (paxLink != null) {
      return paxLink;
    }
    return longLink != null ? longLink : header.text(TarField.LINK_NAME);
  }

  private Attributes attributes(TarHeader header) {
    long seconds;
    int nanos = 0;
    ByteString mtime = pax.get("mtime");
    if (mtime == null) {
      seconds = header.number(TarField.MTIME);
    } else {
      BigDecimal time = time(mtime.toLatin1());
      BigDecimal whole = time.setScale(0, RoundingMode.FLOOR);
      seconds = whole.longValueExact();
      nanos = time.subtract(whole).multiply(NANOS).intValue();
    }
    return new Attributes(
        (int) header.number(TarField.MODE) & 07777,
        decimalOr("uid", header.number(TarField.UID)),
        decimalOr("gid", header.number(TarField.GID)),
        seconds,
        nanos,
        XattrRecords.read(pax));
  }

  /** Seconds since 1970, possibly negative, possibly with a fraction. */
  private static BigDecimal time(String text) {
    // Bounded, and without exponent: BigDecimal would take 1e999999999.
    if (!text.matches("-?[0-9]{1,18}(\\.[0-9]{0,64})?")) {
      throw new IllegalArgumentException("mtime \"" + text + "\"");
    }
    return new BigDecimal(text.endsWith(".") ? text + "0" : text);
  }

  private long decimalOr(String key, long otherwise) {
    ByteString value = pax.get(key);
    return value == null ? otherwise : SparseMap.decimal(value.toLatin1());
  }

  private boolean isPaxSparse1() {
    ByteString major = pax.get("GNU.sparse.major");
    return major != null && major.toLatin1().equals("1");
  }

  private Optional<SparseMap> sparseMap(TarHeader header, long size, TarReader reader)
      throws IOException, RejectedException {
    if (header.type() == 'S') {
      return Optional.of(gnuSparseMap(header, reader));
    }
    if (isPaxSparse1()) {
      long realSize = decimalOr("GNU.sparse.realsize", size);
      return Optional.of(SparseMap.of(sparseNumbersInContent(size, reader), realSize));
    }
    ByteString map = pax.get("GNU.sparse.map");
    long realSize = decimalOr("GNU.sparse.size", size);
    if (map != null) {
      return Optional.of(SparseMap.of(SparseMap.numbers(map.toLatin1()), realSize));
    }
    List<Long> numbers = new ArrayList<>();
    for (PaxRecords.Entry entry : pax.entries()) {
      if (entry.key().equals("GNU.sparse.offset") || entry.key().equals("GNU.sparse.numbytes")) {
        numbers.add(SparseMap.decimal(entry.value().toLatin1()));
      }
    }
    return pax.get("GNU.sparse.size") == null
        ? Optional.empty()
        : Optional.of(SparseMap.of(numbers, realSize));
  }

  /** The map of GNU's own format: four pairs in the header, 21 in each further block. */
  private static SparseMap gnuSparseMap(TarHeader header, TarReader reader)
      throws IOException, RejectedException {
    List<Long> numbers = new ArrayList<>();
    byte[] map = header.bytes(TarField.GNU_SPARSE_MAP).toByteArray();
    boolean more =
        addPairs(map, map.length / (2 * SPARSE_NUMBER), numbers)
            && header.bytes(TarField.GNU_SPARSE_EXTENDED).at(0) != 0;
    while (more) {
      if (numbers.size() * SPARSE_NUMBER > reader.maxHeaderBytes()) {
        throw new IllegalArgumentException("a sparse map of over " + numbers.size() / 2 + " parts");
      }
      byte[] block = reader.extensionBlock();
      more = addPairs(block, SPARSE_PAIRS_PER_BLOCK, numbers) && block[SPARSE_BLOCK_EXTENDED] != 0;
    }
    return SparseMap.of(numbers, header.number(TarField.GNU_REAL_SIZE));
  }

  /** Adds the pairs up to the first empty one; whether there was none. */
  private static boolean addPairs(byte[] map, int pairs, List<Long> numbers) {
    for (int pair = 0; pair < pairs; pair++) {
      int at = pair * 2 * SPARSE_NUMBER;
      if (map[at] == 0) {
        return false;
      }
      numbers.add(TarHeader.number(map, at, SPARSE_NUMBER, "sparse offset"));
      numbers.add(TarHeader.number(map, at + SPARSE_NUMBER, SPARSE_NUMBER, "sparse length"));
    }
    return true;
  }

  /** PAX format 1.0: the map opens the content, decimal lines padded to a block. */
  private static List<Long> sparseNumbersInContent(long size, TarReader reader)
      throws IOException, RejectedException {
    List<Long> numbers = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    long wanted = 1;
    long read = 0;
    boolean first = true;
    while (first || numbers.size() < wanted) {
      read += TarField.HEADER_SIZE;
      if (read > size || read > reader.maxHeaderBytes()) {
        throw new IllegalArgumentException("a sparse map of over " + numbers.size() / 2 + " parts");
      }
      for (byte b : reader.extensionBlock()) {
        if (!first && numbers.size() == wanted) {
          break;
        }
        if (b != '\n') {
          word.append((char) (b & 0xff));
          continue;
        }
        long number = SparseMap.decimal(word.toString());
        word.setLength(0);
        if (first) {
          first = false;
          wanted = Math.min(number, Integer.MAX_VALUE) * 2;
        } else {
          numbers.add(number);
        }
      }
    }
    return numbers;
  }
}
