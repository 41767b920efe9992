package io.oci2wasm.converter.train;

import io.oci2wasm.api.Sha256Digest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Chooses recordings that tell most: one after the other, each time the one whose hot places that
 * no chosen one has were executed most often (docs/FORMATS.md, "Logs of layers"). The same
 * recordings give the same choice, in whatever order they come.
 */
final class RecordingChoice {
  /** Executions in a recording from which on an engine makes a unit (engine/translate). */
  static final int HOT = 256;

  /** Instructions in a recording (engine/translate): nothing in it is executed more often. */
  private static final int MOST = 8 << 16;

  private static final Comparator<Candidate> ORDER =
      Comparator.<Candidate>comparingLong(candidate -> candidate.gain)
          .reversed()
          .thenComparing(candidate -> candidate.key);

  private final Limits limits;
  private final Set<Place> places = new HashSet<>();
  private final Set<Sha256Digest> pages = new HashSet<>();
  private int bytes;

  /** Nothing is chosen yet. */
  RecordingChoice(Limits limits) {
    this.limits = limits;
  }

  /**
   * What all chosen recordings have at most.
   *
   * @param places offsets in pages that are hot
   * @param bytes in a log; what was taken unasked does not count
   */
  record Limits(int pages, int places, int bytes) {}

  private record Place(Sha256Digest page, int offset) {}

  private static final class Candidate {
    private final Recording recording;
    private final String key;
    private final Map<Place, Integer> hot = new HashMap<>();

    /** How often its hot places are executed that were not chosen when it was last asked. */
    private long gain;

    Candidate(Recording recording, String key) {
      this.recording = recording;
      this.key = key;
      for (Recording.Leader leader : recording.leaders()) {
        int count = Integer.compareUnsigned(leader.count(), MOST) > 0 ? MOST : leader.count();
        if (count >= HOT) {
          hot.merge(
              new Place(recording.pages().get(leader.page()).digest(), leader.offset()),
              count,
              Math::max);
        }
      }
    }
  }

  /** Chooses a recording whatever it has. */
  void take(Recording recording) {
    take(new Candidate(recording, ""));
  }

  private void take(Candidate candidate) {
    places.addAll(candidate.hot.keySet());
    candidate.recording.pages().stream().map(Recording.Page::digest).forEach(pages::add);
  }

  /** Chooses from {@code offered}; the first to be chosen comes first. */
  List<Recording> choose(Collection<Recording> offered) {
    PriorityQueue<Candidate> queue = new PriorityQueue<>(ORDER);
    Set<String> keys = new HashSet<>();
    for (Recording recording : offered) {
      Candidate candidate = new Candidate(recording, TrainingLog.key(recording));
      candidate.gain = gain(candidate);
      if (candidate.gain > 0 && keys.add(candidate.key)) {
        queue.add(candidate);
      }
    }
    List<Recording> chosen = new ArrayList<>();
    for (Candidate best = queue.poll(); best != null; best = queue.poll()) {
      long gain = gain(best);
      if (gain < best.gain) {
        // What others gain has not grown: whoever has the most now comes first.
        best.gain = gain;
        if (gain > 0) {
          queue.add(best);
        }
      } else if (fits(best)) {
        take(best);
        bytes += TrainingLog.sizeOf(best.recording);
        chosen.add(best.recording);
      }
    }
    return chosen;
  }

  private long gain(Candidate candidate) {
    return candidate.hot.entrySet().stream()
        .filter(place -> !places.contains(place.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private boolean fits(Candidate candidate) {
    long morePlaces = candidate.hot.keySet().stream().filter(one -> !places.contains(one)).count();
    long morePages =
        candidate.recording.pages().stream()
            .map(Recording.Page::digest)
            .distinct()
            .filter(page -> !pages.contains(page))
            .count();
    return places.size() + morePlaces <= limits.places
        && pages.size() + morePages <= limits.pages
        && bytes + TrainingLog.sizeOf(candidate.recording) <= limits.bytes;
  }
}
