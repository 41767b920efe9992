package io.oci2wasm.runtime.bundle;

import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.api.recipe.Units;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/**
 * Bytes of the module that a recipe gives, put together as they are read. A unit is checked before
 * any of it is passed on: where an object is gone, too short or damaged, reading fails there. It
 * holds at most one unit and one open object, which are free once it is closed. Not thread-safe.
 */
final class RecipeStream extends InputStream {
  private final ObjectReader objects;
  private final List<Piece> pieces;
  private final byte[] unit = new byte[Units.MAX_BYTES];

  /** The piece that is read, and of a stored one the next unit, which is at {@code at} in it. */
  private int piece;

  private int nextUnit;
  private long at;

  /** What is read but not passed on. */
  private ByteBuffer ready = ByteBuffer.allocate(0);

  /** How many of the first bytes that will be ready come before the part that is wanted. */
  private int passBy;

  private long left;

  /**
   * A part of the module.
   *
   * @param first counted from 0
   * @param length how many bytes; the module has them
   */
  RecipeStream(ObjectStore store, Recipe recipe, long first, long length) {
    this.objects = new ObjectReader(store);
    this.pieces = recipe.pieces();
    Objects.checkFromToIndex(first, first + length, recipe.sizeBytes());
    this.left = length;
    skipTo(first);
  }

  /** Passes by what comes before, and reads nothing: of a stored piece whole units. */
  private void skipTo(long first) {
    long before = first;
    while (piece < pieces.size() && before >= pieces.get(piece).sizeBytes()) {
      before -= pieces.get(piece++).sizeBytes();
    }
    if (left == 0 || before == 0) {
      return;
    }
    if (pieces.get(piece) instanceof Piece.Stored stored) {
      while (before >= stored.units().sizeBytes(nextUnit)) {
        int size = stored.units().sizeBytes(nextUnit++);
        before -= size;
        at += size;
      }
    }
    passBy = (int) before;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (left == 0) {
      return -1;
    }
    if (!ready.hasRemaining()) {
      fill();
      ready.position(ready.position() + passBy);
      passBy = 0;
    }
    int count = (int) Math.min(Math.min(length, left), ready.remaining());
    ready.get(buffer, offset, count);
    left -= count;
    if (left == 0) {
      objects.close();
    }
    return count;
  }

  /** Makes the next bytes ready. */
  private void fill() throws IOException {
    ready = ByteBuffer.allocate(0);
    while (!ready.hasRemaining()) {
      Piece next = pieces.get(piece);
      if (next instanceof Piece.Inline inline) {
        ready = inline.bytes();
        piece++;
      } else if (next instanceof Piece.Stored stored) {
        if (nextUnit < stored.units().count()) {
          ready = readUnit(stored);
        } else {
          piece++;
          nextUnit = 0;
          at = 0;
        }
      }
    }
  }

  private ByteBuffer readUnit(Piece.Stored stored) throws IOException {
    Units units = stored.units();
    int size = units.sizeBytes(nextUnit);
    objects.read(stored.object(), stored.offset() + at, unit, size, () -> needed(stored));
    if (!units.matches(nextUnit, unit)) {
      throw new DamagedBundleException(
          String.format(
              "object store, reading %s, bytes %s to %s: found others than were written;"
                  + " restore the object, or remove it and convert the image again with force",
              stored.object(), stored.offset() + at, stored.offset() + at + size - 1));
    }
    nextUnit++;
    at += size;
    return ByteBuffer.wrap(unit, 0, size);
  }

  /** Where what is wanted of this object ends, if it is read on from here. */
  private long needed(Piece.Stored from) {
    long end = from.offset() + Math.min(from.sizeBytes(), at + left + Units.MAX_BYTES);
    for (int i = piece + 1; i < pieces.size() && end < from.offset() + at + left; i++) {
      if (!(pieces.get(i) instanceof Piece.Stored next)
          || !next.object().equals(from.object())
          || !ObjectReader.isNear(end, next.offset())) {
        break;
      }
      end = next.offset() + next.sizeBytes();
    }
    return end;
  }

  @Override
  public void close() throws IOException {
    left = 0;
    objects.close();
  }
}
