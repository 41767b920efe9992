package io.oci2wasm.runtime.bundle;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A recipe whose own bytes are any bytes is split, or refused as damaged: nothing else comes out.
 * Input: a u16 size, as many bytes before the frames, and those behind them.
 */
class SplitRecipeFuzz {
  private static final List<Piece> MODULE = SplitRecipeTest.inlineModule();
  private static final int END_BYTES = 40;

  static Stream<byte[]> heads() {
    byte[] head = own(MODULE.get(0));
    byte[] tail = own(MODULE.get(3));
    return Stream.of(
        input(head, tail),
        // A header, a section and a name that say more than there is.
        input(filled(head, "OCI2WASM", 12, 4), tail),
        input(filled(head, "OCI2WASM", 32, 8), tail),
        input(filled(head, "OCI2WASM", 44, 4), tail),
        input(head, new byte[] {0, -1, -1, -1, -1, 15}),
        input(head, new byte[] {0, 1, 100}),
        input("OCI2WASM".repeat(20).getBytes(UTF_8), tail),
        input(new byte[60], tail),
        input(new byte[0], new byte[0]),
        new byte[0]);
  }

  private static byte[] own(Piece piece) {
    ByteBuffer bytes = ((Piece.Inline) piece).bytes();
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return copy;
  }

  /** With the largest numbers behind a word. */
  private static byte[] filled(byte[] bytes, String word, int offset, int length) {
    byte[] changed = bytes.clone();
    int at = new String(bytes, ISO_8859_1).indexOf(word) + offset;
    Arrays.fill(changed, at, at + length, (byte) -1);
    return changed;
  }

  private static byte[] input(byte[] head, byte[] tail) {
    return ByteBuffer.allocate(Short.BYTES + head.length + tail.length)
        .putShort((short) head.length)
        .put(head)
        .put(tail)
        .array();
  }

  @MethodSource("heads")
  @FuzzTest
  void shouldSplitOrRefuse(byte[] input) {
    if (input.length < Short.BYTES) {
      return;
    }
    int size = Short.toUnsignedInt(ByteBuffer.wrap(input).getShort());
    int end = Math.min(Short.BYTES + size, input.length);
    Recipe whole =
        new Recipe(
            List.of(
                new Piece.Inline(Arrays.copyOfRange(input, Short.BYTES, end)),
                MODULE.get(1),
                MODULE.get(2),
                new Piece.Inline(Arrays.copyOfRange(input, end, input.length))));
    try {
      SplitRecipe split = SplitRecipe.of(whole, "app.data");
      long frames = MODULE.get(1).sizeBytes() + MODULE.get(2).sizeBytes();
      if (split.data().sizeBytes() != frames + END_BYTES) {
        throw new AssertionError("found a data file of " + split.data().sizeBytes() + " bytes");
      }
    } catch (DamagedBundleException refused) {
      String unused = refused.getMessage();
    }
  }
}
