package io.oci2wasm.runtime.bundle;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.recipe.DataFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The last bytes of a module, which end with the section that describes the bundle. */
final class DescriptionSection {
  private static final byte[] NAME = "\17oci2wasm.bundle".getBytes(US_ASCII);
  private static final int CUSTOM = 0;

  private final byte[] before;
  private final ObjectNode description;

  private DescriptionSection(byte[] before, ObjectNode description) {
    this.before = before;
    this.description = description;
  }

  /**
   * Finds the section.
   *
   * @param bytes whole sections
   * @throws IllegalArgumentException if the last one is another
   */
  static DescriptionSection find(byte[] bytes) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    while (in.hasRemaining()) {
      int at = in.position();
      byte id = in.get();
      long size = Leb128.decode(in);
      if (id == CUSTOM && size == in.remaining()) {
        byte[] name = new byte[NAME.length];
        in.get(name);
        if (Arrays.equals(name, NAME)) {
          byte[] json = Arrays.copyOfRange(bytes, in.position(), bytes.length);
          return new DescriptionSection(
              Arrays.copyOf(bytes, at), Json.MAPPER.readValue(json, ObjectNode.class));
        }
        break;
      }
      in.position(Math.toIntExact(in.position() + size));
    }
    throw new IllegalArgumentException("no description of the bundle at its end");
  }

  ObjectNode json() {
    return description;
  }

  /** The same bytes for a split bundle with this data file. */
  byte[] split(DataFile data) throws IOException {
    ObjectNode described = description.deepCopy();
    described
        .putObject("data")
        .put("file", data.name())
        .put("size", data.sizeBytes())
        .put("identity", data.identity().toString());
    byte[] json = Json.MAPPER.writeValueAsString(described).getBytes(UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(before);
    out.write(CUSTOM);
    out.writeBytes(Leb128.encode(NAME.length + json.length));
    out.writeBytes(NAME);
    out.writeBytes(json);
    return out.toByteArray();
  }
}
