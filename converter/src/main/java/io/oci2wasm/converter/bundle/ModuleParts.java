package io.oci2wasm.converter.bundle;

import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Units;
import io.oci2wasm.converter.wasm.BinaryWriter;
import io.oci2wasm.converter.wasm.ModuleSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/** Bytes of a module in their order. It remembers which of them are the engine's own. */
final class ModuleParts {
  /** A shorter run of the engine's bytes costs a recipe more than the bytes themselves. */
  private static final int LEAST_SLICE = 1024;

  private final List<ModuleSlice> slices = new ArrayList<>();
  private final List<byte[]> written = new ArrayList<>();
  private BinaryWriter own = new BinaryWriter();
  private long finishedBytes;

  /** Takes bytes that are not the engine's. */
  ModuleParts own(byte[] bytes) {
    own.bytes(bytes);
    return this;
  }

  /** Takes bytes of the engine. */
  ModuleParts engine(ModuleSlice slice) {
    if (slice.sizeBytes() < LEAST_SLICE) {
      own.bytes(slice.bytes());
      return this;
    }
    finishedBytes += own.size() + slice.sizeBytes();
    written.add(own.toByteArray());
    slices.add(slice);
    own = new BinaryWriter();
    return this;
  }

  /** Takes all of another one. */
  ModuleParts all(ModuleParts other) {
    for (int i = 0; i < other.slices.size(); i++) {
      own(other.written.get(i)).engine(other.slices.get(i));
    }
    return own(other.own.toByteArray());
  }

  long sizeBytes() {
    return finishedBytes + own.size();
  }

  void writeTo(WritableByteChannel target) throws IOException {
    for (int i = 0; i < slices.size(); i++) {
      writeAll(ByteBuffer.wrap(written.get(i)), target);
      writeAll(slices.get(i).bytes().duplicate(), target);
    }
    writeAll(ByteBuffer.wrap(own.toByteArray()), target);
  }

  private static void writeAll(ByteBuffer bytes, WritableByteChannel target) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }

  /** The same bytes as pieces of a recipe, those of the engine from the object {@code engine}. */
  List<Piece> pieces(String engine) {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < slices.size(); i++) {
      addOwn(pieces, written.get(i));
      ModuleSlice slice = slices.get(i);
      pieces.add(new Piece.Stored(engine, slice.offset(), Units.of(slice.bytes())));
    }
    addOwn(pieces, own.toByteArray());
    return pieces;
  }

  private static void addOwn(List<Piece> pieces, byte[] bytes) {
    if (bytes.length > 0) {
      pieces.add(new Piece.Inline(bytes));
    }
  }
}
