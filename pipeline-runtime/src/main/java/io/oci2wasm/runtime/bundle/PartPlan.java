package io.oci2wasm.runtime.bundle;

import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.runtime.store.ObjectPart;
import java.util.ArrayList;
import java.util.List;

/**
 * How a file that a recipe gives is written in parts, of which the store copies as many bytes as it
 * can by itself. Parts are in the order of the file, without a gap.
 */
final class PartPlan {
  private PartPlan() {}

  /** Bytes that follow one another in one object. */
  private record Run(String object, long offset, long first, long sizeBytes) {
    long end() {
      return first + sizeBytes;
    }
  }

  /**
   * The parts of the file; a single one that is sent where nothing is worth copying.
   *
   * @param sentBytes size of a part that is sent, at least {@link ObjectPart#LEAST_BYTES}
   */
  static List<ObjectPart> of(Recipe recipe, long sentBytes) {
    long size = recipe.sizeBytes();
    List<ObjectPart> parts = new ArrayList<>();
    long done = 0;
    for (Run run : runs(recipe)) {
      // What comes before it must be a part, or nothing: else it begins later, and some is sent.
      long begin =
          run.first() == done ? done : Math.max(run.first(), done + ObjectPart.LEAST_BYTES);
      if (run.end() - begin < ObjectPart.LEAST_BYTES) {
        continue;
      }
      send(parts, done, begin, sentBytes);
      copy(parts, run, begin);
      done = run.end();
    }
    send(parts, done, size, sentBytes);
    return parts.size() > ObjectPart.MOST_PARTS ? List.of(new ObjectPart.Sent(0, size)) : parts;
  }

  private static void send(List<ObjectPart> parts, long from, long to, long sentBytes) {
    long first = from;
    // The rest is added to the last part: it may be too short for one, and another may follow.
    while (to - first >= sentBytes + ObjectPart.LEAST_BYTES) {
      parts.add(new ObjectPart.Sent(first, sentBytes));
      first += sentBytes;
    }
    if (first < to) {
      parts.add(new ObjectPart.Sent(first, to - first));
    }
  }

  private static void copy(List<ObjectPart> parts, Run run, long begin) {
    long first = begin;
    while (first < run.end()) {
      long left = run.end() - first;
      // So that the last part is no shorter than another may be.
      long part =
          left <= ObjectPart.MOST_BYTES
              ? left
              : Math.min(ObjectPart.MOST_BYTES, left - ObjectPart.LEAST_BYTES);
      parts.add(new ObjectPart.Copied(run.object(), run.offset() + first - run.first(), part));
      first += part;
    }
  }

  private static List<Run> runs(Recipe recipe) {
    List<Run> runs = new ArrayList<>();
    long at = 0;
    for (Piece piece : recipe.pieces()) {
      if (piece instanceof Piece.Stored stored) {
        Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
        if (last != null
            && last.end() == at
            && last.object().equals(stored.object())
            && last.offset() + last.sizeBytes() == stored.offset()) {
          runs.set(
              runs.size() - 1,
              new Run(
                  last.object(),
                  last.offset(),
                  last.first(),
                  last.sizeBytes() + stored.sizeBytes()));
        } else {
          runs.add(new Run(stored.object(), stored.offset(), at, stored.sizeBytes()));
        }
      }
      at += piece.sizeBytes();
    }
    return runs;
  }
}
