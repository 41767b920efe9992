package io.oci2wasm.api.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.api.ObjectKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A recipe of any bytes is read, or refused; one that is read names nothing but its parts. */
class RecipeFuzz {
  private static final String ENGINE = "engines/" + "e".repeat(64);
  private static final String LAYER = "layers/" + "1".repeat(64) + "/3-none/data";

  private static final String UNIT = "AQAAAAAAAAA=";

  static Stream<byte[]> recipes() {
    Units units = new Units.Builder().add(1, 0).add(Units.MAX_BYTES, -1).build();
    List<Piece> pieces =
        List.of(
            new Piece.Inline("head".getBytes(UTF_8)),
            new Piece.Stored(ENGINE, 9, units),
            new Piece.Stored(LAYER, 0, units));
    return Stream.concat(
        Stream.of(new Recipe(pieces).toJson(), new Recipe(pieces, pieces.subList(1, 3)).toJson()),
        Stream.of(
                // Of another conversion, of nothing of ours, beyond every object.
                recipe(1, "bundles/" + "a".repeat(64) + "/bundle.wasm", "0", UNIT),
                recipe(1, "layers/" + "a".repeat(64) + "/../../claims/x", "0", UNIT),
                recipe(1, ENGINE, "9223372036854775807", UNIT),
                recipe(1, ENGINE, "-1", UNIT),
                recipe(-1, ENGINE, "0", UNIT),
                recipe(Long.MAX_VALUE, ENGINE, "0", UNIT),
                // Sizes of no byte, of too many, and a negative one.
                recipe(0, ENGINE, "0", "AAAAAAAAAAA="),
                recipe(131073, ENGINE, "0", "AQACAAAAAAA="),
                recipe(1, ENGINE, "0", "/////wAAAAA="),
                "",
                "null",
                "{}")
            .map(text -> text.getBytes(UTF_8)));
  }

  private static String recipe(long size, String object, String offset, String units) {
    return String.format(
        "{\"schema\":1,\"size\":%s,\"objects\":[\"%s\"],"
            + "\"pieces\":[{\"object\":0,\"offset\":%s,\"units\":\"%s\"}]}",
        size, object, offset, units);
  }

  @MethodSource("recipes")
  @FuzzTest
  void shouldReadOrRefuse(byte[] json) {
    Recipe recipe;
    try {
      recipe = Recipe.parse(json);
    } catch (IOException refused) {
      String unused = refused.getMessage();
      return;
    }
    require(recipe.objects().stream().allMatch(ObjectKeys::isPart), "a part that is none");
    check(recipe.pieces(), recipe.sizeBytes());
    check(recipe.data(), recipe.dataBytes());
    try {
      byte[] again = recipe.toJson();
      require(Arrays.equals(Recipe.parse(again).toJson(), again), "another recipe");
    } catch (IOException e) {
      throw new AssertionError("what was written is not read", e);
    }
  }

  private static void check(List<Piece> pieces, long sizeBytes) {
    long sum = 0;
    for (Piece piece : pieces) {
      require(piece.sizeBytes() >= 0, "a negative size");
      if (piece instanceof Piece.Stored stored) {
        require(stored.offset() >= 0, "a negative offset");
        require(stored.offset() + stored.sizeBytes() >= 0, "an end that overflows");
        for (int unit = 0; unit < stored.units().count(); unit++) {
          int size = stored.units().sizeBytes(unit);
          require(size > 0 && size <= Units.MAX_BYTES, "a unit of " + size);
        }
      }
      sum += piece.sizeBytes();
    }
    require(sum == sizeBytes, "another size");
  }

  /** What a payload header says of a data file: none is negative, and none lies elsewhere. */
  @MethodSource("headers")
  @FuzzTest
  void shouldReadTheHeaderOfADataFileOrRefuseIt(byte[] header) {
    if (header.length < DataFile.HEADER_BYTES + Long.BYTES) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    long frameBytes = bytes.getLong();
    DataFile read;
    try {
      read = DataFile.decode(bytes, frameBytes);
    } catch (IllegalArgumentException refused) {
      String unused = refused.getMessage();
      return;
    }
    require(read.moduleFrameBytes() >= 0 && read.frameBytes() >= 0, "a negative size");
    require(read.sizeBytes() > read.frameBytes(), "a size that overflows");
    require(read.name().indexOf('/') < 0 && !read.name().isEmpty(), "a name elsewhere");
  }

  static Stream<byte[]> headers() {
    byte[] table = new byte[8];
    DataFile file = DataFile.of("app.data", table, 100, List.of());
    return Stream.of(
        header(100, file.header()),
        header(100, changed(file.header(), 101)),
        header(100, changed(file.header(), -1)),
        header(Long.MAX_VALUE, changed(file.header(), 0)),
        header(Long.MIN_VALUE, changed(file.header(), 1)),
        header(100, new byte[DataFile.HEADER_BYTES]));
  }

  private static byte[] header(long frameBytes, byte[] header) {
    return ByteBuffer.allocate(Long.BYTES + header.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(frameBytes)
        .put(header)
        .array();
  }

  private static byte[] changed(byte[] header, long moduleFrameBytes) {
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(0, moduleFrameBytes);
    return header;
  }

  private static void require(boolean holds, String found) {
    if (!holds) {
      throw new AssertionError("found " + found);
    }
  }
}
