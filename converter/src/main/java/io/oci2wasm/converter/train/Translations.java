package io.oci2wasm.converter.train;

import io.oci2wasm.converter.wasm.ModuleExtension;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What an engine has made of a {@link TranslationJob}: functions, and what its memory is to hold.
 *
 * @param units number of the functions
 * @param bodies of the functions, each behind its size
 */
public record Translations(int units, ByteBuffer bodies, List<ModuleExtension.Piece> pieces) {
  private static final int MAGIC = 0x5232574f; // "OW2R"

  public Translations {
    pieces = List.copyOf(pieces);
  }

  /**
   * Reads the engine's standard output.
   *
   * @throws IOException if it is something else
   */
  public static Translations parse(byte[] result) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN);
    try {
      int magic = in.getInt();
      if (magic != MAGIC) {
        throw new IOException(
            "translating: found a result that begins with "
                + Integer.toHexString(magic)
                + ", expected "
                + Integer.toHexString(MAGIC));
      }
      int units = in.getInt();
      int bodyBytes = in.getInt();
      int pieceCount = in.getInt();
      ByteBuffer bodies = take(in, bodyBytes);
      List<ModuleExtension.Piece> pieces = new ArrayList<>();
      for (int i = 0; i < pieceCount; i++) {
        int address = in.getInt();
        pieces.add(new ModuleExtension.Piece(address, take(in, in.getInt())));
      }
      return new Translations(units, bodies, pieces);
    } catch (BufferUnderflowException e) {
      throw new IOException(
          "translating: found a result of " + result.length + " bytes, cut off", e);
    }
  }

  private static ByteBuffer take(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    in.position(in.position() + length);
    return in.slice(in.position() - length, length).asReadOnlyBuffer();
  }
}
