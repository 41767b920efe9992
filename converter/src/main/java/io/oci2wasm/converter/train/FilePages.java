package io.oci2wasm.converter.train;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Finds pages of a root filesystem's files by their digests. */
public final class FilePages {
  private FilePages() {}

  /**
   * The bytes of those of {@code wanted} that are blocks of an EROFS image: its files lie there in
   * whole blocks, as the guest's kernel maps them.
   */
  public static Map<Sha256Digest, byte[]> find(ReadableByteChannel rootfs, Set<Sha256Digest> wanted)
      throws IOException {
    Map<Sha256Digest, byte[]> found = new HashMap<>();
    ByteBuffer block = ByteBuffer.allocate(Recording.PAGE_BYTES);
    while (found.size() < wanted.size() && rootfs.read(block) >= 0) {
      if (block.hasRemaining()) {
        continue;
      }
      Sha256Digest digest = Sha256Digest.of(block.array());
      if (wanted.contains(digest)) {
        found.put(digest, block.array().clone());
      }
      block.clear();
    }
    return found;
  }
}
