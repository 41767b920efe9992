package io.oci2wasm.converter.convert;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.oci2wasm.api.recipe.Piece;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A layout of any bytes is read, or refused; the pieces of one that is read are within objects. */
class RootfsLayoutFuzz {
  private static final String METADATA = "rootfs/" + "2".repeat(64) + "/3-none.2/metadata";
  private static final String LAYER = "layers/" + "1".repeat(64) + "/3-none/data";

  /** Two frames of 1 and 2 bytes. */
  private static final String GOOD =
      "{'schema':1,'size':262144,'files':1,'metadataFrames':1,'layerSizes':[2],"
          + "'extents':[{'layer':0,'offset':0,'frames':1}],'frames':'AQAAAAIAAAA=',"
          + "'checks':'AAAAAAAAAAA='}";

  static Stream<byte[]> layouts() {
    return Stream.of(
            GOOD,
            GOOD.replace("'offset':0", "'offset':-1"),
            GOOD.replace("'offset':0", "'offset':1"),
            GOOD.replace("'offset':0", "'offset':9223372036854775807"),
            GOOD.replace("[2]", "[9223372036854775807]")
                .replace("'offset':0", "'offset':9223372036854775807"),
            GOOD.replace("[2]", "[-1]"),
            GOOD.replace("[2]", "[null]"),
            GOOD.replace("'layer':0", "'layer':7"),
            GOOD.replace("'frames':1}", "'frames':2147483647}"),
            GOOD.replace("'frames':1}", "'frames':-1}"),
            GOOD.replace("'metadataFrames':1", "'metadataFrames':-2147483648"),
            GOOD.replace("'metadataFrames':1", "'metadataFrames':2147483647"),
            GOOD.replace("[{'layer':0,'offset':0,'frames':1}]", "[null]"),
            GOOD.replace("AQAAAAIAAAA=", "AQAAAP////8="),
            "",
            "null",
            "{}")
        .map(text -> text.replace('\'', '"').getBytes(UTF_8));
  }

  @MethodSource("layouts")
  @FuzzTest
  void shouldReadOrRefuse(byte[] json) {
    RootfsLayout layout;
    try {
      layout = RootfsLayout.parse(json);
    } catch (IOException refused) {
      String unused = refused.getMessage();
      return;
    }
    List<Piece> pieces = new ArrayList<>();
    pieces.add(layout.metadata(METADATA));
    pieces.addAll(layout.layers(Collections.nCopies(layout.layerSizes().size(), LAYER)));
    for (int i = 1; i < pieces.size(); i++) {
      Piece.Stored piece = (Piece.Stored) pieces.get(i);
      long size = layout.layerSizes().get(layout.extents().get(i - 1).layer());
      if (piece.offset() < 0 || piece.offset() + piece.sizeBytes() > size) {
        throw new AssertionError("found a piece beyond its layer: " + layout.extents());
      }
    }
  }
}
