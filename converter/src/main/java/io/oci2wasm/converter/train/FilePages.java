package io.oci2wasm.converter.train;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Pages of a root filesystem's files, which were looked for by their digests. */
public final class FilePages {
  private final Map<Sha256Digest, byte[]> bytes = new HashMap<>();

  /** The diffIDs of the layers in which they lie; none of a block of the filesystem's own. */
  private final Map<Sha256Digest, Sha256Digest> layers = new HashMap<>();

  private FilePages() {}

  /**
   * Those of {@code wanted} that are blocks of an EROFS image: its files lie there in whole blocks,
   * as the guest's kernel maps them. Of equal blocks the first one counts.
   *
   * @param layers the diffID of the layer that a block lies in, by its number; null if in none
   */
  public static FilePages find(
      ReadableByteChannel rootfs,
      Set<Sha256Digest> wanted,
      LongFunction<@Nullable Sha256Digest> layers)
      throws IOException {
    FilePages found = new FilePages();
    ByteBuffer block = ByteBuffer.allocate(Recording.PAGE_BYTES);
    long number = 0;
    while (found.bytes.size() < wanted.size() && rootfs.read(block) >= 0) {
      if (block.hasRemaining()) {
        continue;
      }
      Sha256Digest digest = Sha256Digest.of(block.array());
      if (wanted.contains(digest) && !found.bytes.containsKey(digest)) {
        found.bytes.put(digest, block.array().clone());
        Sha256Digest layer = layers.apply(number);
        if (layer != null) {
          found.layers.put(digest, layer);
        }
      }
      number++;
      block.clear();
    }
    return found;
  }

  /** The bytes of the pages that were found, by their digests. */
  public Map<Sha256Digest, byte[]> bytes() {
    return Collections.unmodifiableMap(bytes);
  }

  boolean has(Recording.Page page) {
    return bytes.containsKey(page.digest());
  }

  /** What of {@code recordings} lies in pages of one layer. */
  public List<Recording> ofLayer(Sha256Digest diffId, List<Recording> recordings) {
    return recordings.stream()
        .map(recording -> recording.only(page -> diffId.equals(layers.get(page.digest()))))
        .flatMap(recording -> recording.neighbourhoods().stream())
        .filter(recording -> !recording.leaders().isEmpty())
        .toList();
  }
}
