package io.oci2wasm.runtime.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.api.recipe.Units;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Recipes of modules that are made here, in all the ways that build cuts them. That what comes out
 * is what {@code convert --split} writes, RecipeIT tests.
 */
class SplitRecipeTest {
  private static final String ENGINE = "engines/" + "e".repeat(64);
  private static final String METADATA = "rootfs/" + "f".repeat(64) + "/3-none.2/metadata";
  private static final String LAYER = "layers/" + "1".repeat(64) + "/3-none/data";
  private static final String NAME = "app.data";
  private static final String LAYERS = "[\"sha256:" + "1".repeat(64) + "\"]";

  private final Map<String, byte[]> objects =
      Map.of(ENGINE, noise(1, 5_000), METADATA, noise(2, 300), LAYER, noise(3, 40_000));

  private static byte[] noise(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /**
   * How a bundle is cut, and what is in it.
   *
   * @param ownSegments data segments of the engine that are in the recipe itself
   */
  private record Shape(int codeBytes, String ownSegments, boolean hasNames, String launch) {
    byte[] own() {
      return ownSegments.getBytes(UTF_8);
    }
  }

  private static final Shape PLAIN = new Shape(3_000, "", true, "cmd=sh\0");

  /** Collects pieces; bytes of the recipe itself become one piece, as far as they are together. */
  private static final class Pieces {
    private final List<Piece> pieces = new ArrayList<>();
    private ByteArrayOutputStream own = new ByteArrayOutputStream();

    Pieces own(byte[]... parts) {
      Arrays.stream(parts).forEach(own::writeBytes);
      return this;
    }

    Pieces stored(String object, byte[] content, int size) {
      if (size > 0) {
        flush();
        pieces.add(
            new Piece.Stored(object, 0, Units.of(ByteBuffer.wrap(content, 0, size).slice())));
      }
      return this;
    }

    private void flush() {
      if (own.size() > 0) {
        pieces.add(new Piece.Inline(own.toByteArray()));
        own = new ByteArrayOutputStream();
      }
    }

    List<Piece> done() {
      flush();
      return pieces;
    }
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(out::writeBytes);
    return out.toByteArray();
  }

  private byte[] frameTable() {
    return ByteBuffer.allocate(8)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(bytesOf(METADATA))
        .putInt(bytesOf(LAYER))
        .array();
  }

  private int bytesOf(String object) {
    return objects.getOrDefault(object, new byte[0]).length;
  }

  private byte[] identity() {
    byte[] text = (Sha256Digest.parse("sha256:" + "1".repeat(64)) + "\n").getBytes(UTF_8);
    return HexFormat.of().parseHex(Sha256Digest.of(join(frameTable(), text)).hex());
  }

  /** A bundle as docs/FORMATS.md has it, whole or split. */
  private List<Piece> module(Shape shape, boolean split) {
    int launchSize = shape.launch().getBytes(UTF_8).length;
    byte[] header =
        ByteBuffer.allocate(48)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("OCI2WASM".getBytes(UTF_8))
            .putInt(split ? 3 : 2)
            .putInt(launchSize)
            .putLong(2 * 131_072)
            .putLong(0)
            .putLong(bytesOf(METADATA) + bytesOf(LAYER))
            .putInt(131_072)
            .putInt(2)
            .array();
    byte[] more =
        ByteBuffer.allocate(296)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(0)
            .put(identity())
            .put(Arrays.copyOf(NAME.getBytes(UTF_8), 256))
            .array();
    byte[] payload = join(header, split ? more : new byte[0], frameTable());
    int frames = split ? 0 : bytesOf(METADATA) + bytesOf(LAYER);
    byte[] segments =
        join(
            bytes(1, 0, 1),
            Leb128.encode(payload.length),
            payload,
            bytes(1),
            Leb128.encode(launchSize),
            shape.launch().getBytes(UTF_8),
            bytes(1),
            Leb128.encode(frames));
    byte[] engine = objects.getOrDefault(ENGINE, new byte[0]);
    long data = 1L + shape.own().length + segments.length + frames;
    Pieces pieces =
        new Pieces()
            .own(bytes(0, 'a', 's', 'm', 1, 0, 0, 0), bytes(12, 1, 19, 10))
            .own(Leb128.encode(shape.codeBytes()))
            .stored(ENGINE, engine, shape.codeBytes())
            .own(bytes(11), Leb128.encode(data), bytes(19), shape.own(), segments);
    if (!split) {
      pieces
          .stored(METADATA, objects.getOrDefault(METADATA, engine), bytesOf(METADATA))
          .stored(LAYER, objects.getOrDefault(LAYER, engine), bytesOf(LAYER));
    }
    if (shape.hasNames()) {
      pieces.own(bytes(0), Leb128.encode(2_000)).stored(ENGINE, engine, 2_000);
    }
    String described = "{\"schema\":1,\"layers\":" + LAYERS + ",\"components\":[{\"name\":\"ä\"}]";
    String file =
        String.format(
            ",\"data\":{\"file\":\"%s\",\"size\":%s,\"identity\":\"sha256:%s\"}",
            NAME, bytesOf(METADATA) + bytesOf(LAYER) + 40, HexFormat.of().formatHex(identity()));
    byte[] json = (described + (split ? file : "") + "}").getBytes(UTF_8);
    return pieces
        .own(bytes(0), Leb128.encode(16 + json.length), bytes(15))
        .own("oci2wasm.bundle".getBytes(UTF_8), json)
        .done();
  }

  /** One whose own bytes are in two pieces, before and behind two of frames. */
  static List<Piece> inlineModule() {
    return new SplitRecipeTest().module(new Shape(0, "\\1\\3abc", false, "cmd=sh\\0"), false);
  }

  /** All bytes, those of objects too. */
  private byte[] read(List<Piece> pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Inline inline) {
        byte[] own = new byte[inline.bytes().remaining()];
        inline.bytes().get(own);
        out.writeBytes(own);
      } else if (piece instanceof Piece.Stored stored) {
        byte[] object = objects.getOrDefault(stored.object(), new byte[0]);
        out.write(object, (int) stored.offset(), (int) stored.sizeBytes());
      }
    }
    return out.toByteArray();
  }

  private void expectSplit(Shape shape) throws Exception {
    SplitRecipe split = SplitRecipe.of(new Recipe(module(shape, false)), NAME);

    assertThat(read(split.module().pieces())).isEqualTo(read(module(shape, true)));
    assertThat(read(split.data().pieces()))
        .isEqualTo(
            join(
                objects.getOrDefault(METADATA, new byte[0]),
                objects.getOrDefault(LAYER, new byte[0]),
                "OCI2WDAT".getBytes(UTF_8),
                identity()));
  }

  @Test
  void shouldSplitModulesHoweverTheyAreCut() throws Exception {
    expectSplit(PLAIN);
    // Nothing of the engine behind the frames; nothing of it but in the recipe itself.
    expectSplit(new Shape(3_000, "", false, ""));
    expectSplit(new Shape(0, "\1\3abc", false, "cmd=sh\0"));
  }

  /** The engine knows the magic, and an image may say in its variables what it likes. */
  @Test
  void shouldTakeOnlyTheHeaderForOne() throws Exception {
    String known = "\1<OCI2WASM" + "\0".repeat(52);
    String variable = "env=A=OCI2WASM\2\0\0\0" + "x".repeat(60) + "\0";
    expectSplit(new Shape(3_000, known, true, variable));
  }

  @Test
  void shouldRefuseWhatIsNoBundleInOneFile() {
    Recipe whole = new Recipe(module(PLAIN, false));
    List<Piece> twice = new ArrayList<>(whole.pieces());
    twice.addAll(whole.pieces());

    expectRefused(module(PLAIN, true), NAME, "no payload header before the frames");
    expectRefused(whole.pieces().subList(0, 1), NAME, "no data section before the frames");
    expectRefused(whole.pieces().subList(1, 3), NAME, "a section that begins in piece 0");
    expectRefused(List.of(), NAME, "no data section before the frames");
    expectRefused(twice, NAME, "frames in several places");
    expectRefused(whole.pieces(), "a/b", "a data file called \"a/b\"");
    expectRefused(whole.pieces(), "x".repeat(256), "a data file called");
    List<Piece> undescribed = new ArrayList<>(whole.pieces());
    undescribed.remove(undescribed.size() - 1);
    expectRefused(undescribed, NAME, "no bytes in the place of piece");
  }

  private static void expectRefused(List<Piece> pieces, String name, String what) {
    assertThatThrownBy(() -> SplitRecipe.of(new Recipe(pieces), name))
        .isInstanceOf(DamagedBundleException.class)
        .hasMessageContaining(what)
        .hasMessageContaining("convert the image again with force");
  }

  /** Whatever a recipe's own bytes are, it is split or refused. */
  @Test
  void shouldSplitOrRefuseAnyBytes() {
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      List<Piece> pieces = new ArrayList<>(module(PLAIN, false));
      int place = random.nextInt(pieces.size());
      if (!(pieces.get(place) instanceof Piece.Inline)) {
        continue;
      }
      byte[] own = read(List.of(pieces.get(place)));
      own[random.nextInt(own.length)] = (byte) random.nextInt();
      pieces.set(place, new Piece.Inline(Arrays.copyOf(own, own.length - random.nextInt(2))));
      refused += isRefused(pieces) ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(500);
  }

  private static boolean isRefused(List<Piece> pieces) {
    try {
      SplitRecipe split = SplitRecipe.of(new Recipe(pieces), NAME);
      assertThat(split.data().objects()).containsExactly(METADATA, LAYER);
      return false;
    } catch (DamagedBundleException e) {
      return true;
    }
  }
}
