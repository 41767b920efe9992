package io.oci2wasm.runtime.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.api.recipe.Units;
import io.oci2wasm.runtime.store.ObjectPart;
import io.oci2wasm.runtime.store.ObjectPart.Copied;
import io.oci2wasm.runtime.store.ObjectPart.Sent;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartPlanTest {
  private static final long MIB = 1 << 20;
  private static final long SENT = 8 * MIB;
  private static final String ENGINE = "engines/" + "e".repeat(64);
  private static final String LAYER = "layers/" + "1".repeat(64) + "/3-none/data";
  private static final String UPPER = "layers/" + "2".repeat(64) + "/3-none/data";

  private static Piece inline(int bytes) {
    return new Piece.Inline(new byte[bytes]);
  }

  private static Piece stored(String object, long offset, long bytes) {
    Units.Builder units = new Units.Builder();
    for (long left = bytes; left > 0; left -= Units.MAX_BYTES) {
      units.add((int) Math.min(left, Units.MAX_BYTES), 0);
    }
    return new Piece.Stored(object, offset, units.build());
  }

  private static List<ObjectPart> plan(Piece... pieces) {
    return PartPlan.of(new Recipe(List.of(pieces)), SENT);
  }

  @Test
  void shouldCopyAWholeObject() {
    assertThat(plan(stored(LAYER, 7, 6 * MIB))).containsExactly(new Copied(LAYER, 7, 6 * MIB));
  }

  @Test
  void shouldCopyPiecesThatFollowOneAnotherAtOnce() {
    assertThat(plan(stored(LAYER, 0, 3 * MIB), stored(LAYER, 3 * MIB, 3 * MIB)))
        .containsExactly(new Copied(LAYER, 0, 6 * MIB));
    // Not so where a frame is left out, or another object follows.
    assertThat(plan(stored(LAYER, 0, 3 * MIB), stored(LAYER, 3 * MIB + 1, 3 * MIB)))
        .containsExactly(new Sent(0, 6 * MIB));
    assertThat(plan(stored(LAYER, 0, 3 * MIB), stored(UPPER, 3 * MIB, 3 * MIB)))
        .containsExactly(new Sent(0, 6 * MIB));
  }

  /** The head of a module is shorter than a part may be. */
  @Test
  void shouldSendTheBeginOfAnObjectWithWhatIsTooShortBeforeIt() {
    assertThat(plan(inline(100), stored(LAYER, 9, 20 * MIB), inline(50)))
        .containsExactly(
            new Sent(0, 5 * MIB),
            new Copied(LAYER, 9 + 5 * MIB - 100, 15 * MIB + 100),
            new Sent(20 * MIB + 100, 50));
  }

  @Test
  void shouldSendWhatWouldBeTooShortToCopy() {
    assertThat(plan(inline(100), stored(LAYER, 0, 10 * MIB - 101)))
        .containsExactly(new Sent(0, 10 * MIB - 1));
    assertThat(plan(inline(100), stored(LAYER, 0, 10 * MIB - 100)))
        .containsExactly(new Sent(0, 5 * MIB), new Copied(LAYER, 5 * MIB - 100, 5 * MIB));
    assertThat(plan(stored(LAYER, 0, 5 * MIB - 1))).containsExactly(new Sent(0, 5 * MIB - 1));
    assertThat(plan(stored(LAYER, 0, 5 * MIB))).containsExactly(new Copied(LAYER, 0, 5 * MIB));
  }

  @Test
  void shouldSendInPartsOfTheUsualSize() {
    assertThat(plan(inline((int) (28 * MIB + 1)), stored(LAYER, 0, 5 * MIB)))
        .containsExactly(
            new Sent(0, SENT),
            new Sent(SENT, SENT),
            new Sent(2 * SENT, 12 * MIB + 1),
            new Copied(LAYER, 0, 5 * MIB));
  }

  @Test
  void shouldCopyNoMoreAtOnceThanAStoreTakes() {
    assertThat(plan(stored(LAYER, 0, ObjectPart.MOST_BYTES)))
        .containsExactly(new Copied(LAYER, 0, ObjectPart.MOST_BYTES));
    assertThat(plan(stored(LAYER, 0, ObjectPart.MOST_BYTES + 1)))
        .containsExactly(
            new Copied(LAYER, 0, ObjectPart.MOST_BYTES + 1 - 5 * MIB),
            new Copied(LAYER, ObjectPart.MOST_BYTES + 1 - 5 * MIB, 5 * MIB));
  }

  @Test
  void shouldSendAllWhereThePartsWouldBeTooMany() {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < 2_600; i++) {
      pieces.add(stored(i % 2 == 0 ? LAYER : UPPER, 0, 5 * MIB));
    }
    assertThat(PartPlan.of(new Recipe(pieces), SENT)).hasSize(2_600);
    for (int i = 0; i < 7_401; i++) {
      pieces.add(stored(i % 2 == 0 ? LAYER : UPPER, 0, 5 * MIB));
    }
    assertThat(PartPlan.of(new Recipe(pieces), SENT))
        .containsExactly(new Sent(0, 10_001 * 5 * MIB));
  }

  /** Parts cover the file without a gap, each within the limits, and copy the right bytes. */
  @Test
  void shouldCoverEveryFile() {
    Random random = new Random(1);
    int copied = 0;
    for (int run = 0; run < 300; run++) {
      List<Piece> pieces = new ArrayList<>();
      long object = 0;
      for (int i = random.nextInt(12); i >= 0; i--) {
        long bytes = 1 + (long) (Math.pow(random.nextDouble(), 3) * 24 * MIB);
        switch (random.nextInt(4)) {
          case 0 -> pieces.add(inline((int) bytes));
          case 1 -> pieces.add(stored(ENGINE, random.nextInt(1000), bytes));
          default -> {
            object += random.nextInt(3) == 0 ? 4096 : 0;
            pieces.add(stored(LAYER, object, bytes));
            object += bytes;
          }
        }
      }
      List<ObjectPart> parts = plan(pieces.toArray(Piece[]::new));
      long at = 0;
      for (int i = 0; i < parts.size(); i++) {
        ObjectPart part = parts.get(i);
        assertThat(part.sizeBytes()).isPositive().isLessThanOrEqualTo(ObjectPart.MOST_BYTES);
        if (i < parts.size() - 1) {
          assertThat(part.sizeBytes()).isGreaterThanOrEqualTo(ObjectPart.LEAST_BYTES);
        }
        if (part instanceof Sent sent) {
          assertThat(sent.first()).isEqualTo(at);
          assertThat(sent.sizeBytes()).isLessThan(SENT + ObjectPart.LEAST_BYTES);
        } else if (part instanceof Copied one) {
          expectCopied(pieces, at, one);
          copied++;
        }
        at += part.sizeBytes();
      }
      assertThat(at).isEqualTo(new Recipe(pieces).sizeBytes());
    }
    assertThat(copied).isGreaterThan(100);
  }

  /** The bytes of the file from {@code first} on are those of the object. */
  private static void expectCopied(List<Piece> pieces, long first, Copied part) {
    long at = 0;
    for (Piece piece : pieces) {
      long end = at + piece.sizeBytes();
      long from = Math.max(at, first);
      if (from < Math.min(end, first + part.sizeBytes())) {
        assertThat(piece)
            .isInstanceOfSatisfying(
                Piece.Stored.class, stored -> assertThat(stored.object()).isEqualTo(part.object()));
        long offset = ((Piece.Stored) piece).offset() + from - at;
        assertThat(offset).isEqualTo(part.offset() + from - first);
      }
      at = end;
    }
  }
}
