package io.oci2wasm.runtime.bundle;

import io.oci2wasm.api.recipe.Piece;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Where a module has the size of its data section. All sections' heads are in the recipe itself.
 *
 * @param piece which of the pieces
 * @param at where it is in that piece
 * @param end where what follows it is in that piece
 */
record DataSectionSize(int piece, int at, int end, long size) {
  private static final byte[] PREAMBLE = {0, 'a', 's', 'm', 1, 0, 0, 0};
  private static final int DATA = 11;

  /**
   * Finds it.
   *
   * @param pieces those before the frames
   * @throws IllegalArgumentException if they are not the begin of a module
   */
  static DataSectionSize find(List<Piece> pieces) {
    // How much of what follows belongs to a section whose head is behind us.
    long rest = PREAMBLE.length;
    for (int piece = 0; piece < pieces.size(); piece++) {
      long size = pieces.get(piece).sizeBytes();
      if (rest >= size) {
        rest -= size;
        continue;
      }
      if (!(pieces.get(piece) instanceof Piece.Inline inline)) {
        throw new IllegalArgumentException("a section that begins in piece " + piece);
      }
      ByteBuffer bytes = inline.bytes();
      checkPreamble(piece, bytes);
      while (rest < size) {
        bytes.position((int) rest);
        int id = bytes.get();
        int at = bytes.position();
        long section = Leb128.decode(bytes);
        if (id == DATA) {
          return new DataSectionSize(piece, at, bytes.position(), section);
        }
        rest = bytes.position() + section;
      }
      rest -= size;
    }
    throw new IllegalArgumentException("no data section before the frames");
  }

  private static void checkPreamble(int piece, ByteBuffer bytes) {
    if (piece == 0 && !bytes.slice(0, PREAMBLE.length).equals(ByteBuffer.wrap(PREAMBLE))) {
      throw new IllegalArgumentException("another format than a module's");
    }
  }

  /** The bytes of the piece, which may be others behind the size, with another size. */
  byte[] change(byte[] bytes, long other) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    out.writeBytes(Leb128.encode(other));
    out.writeBytes(Arrays.copyOfRange(bytes, end, bytes.length));
    return out.toByteArray();
  }
}
