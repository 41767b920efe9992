package io.oci2wasm.converter.train;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What is learnt of a layer, and what an image takes of it (docs/FORMATS.md, "Logs of layers").
 * Nothing here looks at code, or has any.
 */
public final class LayerLogs {
  /** What the log of a layer has at most. */
  public static final int MAX_LOG_BYTES = 1 << 20;

  /** As many as one job has. */
  private static final int MAX_PAGES = TranslationJob.MAX_PAGES;

  private static final int MAX_PLACES = 8192;
  private static final int MAX_TAKEN_BYTES = 4 << 20;

  /** More of one training is not looked at: its parts are objects of some ten times the size. */
  private static final int MAX_OFFERED_BYTES = 8 << 20;

  private LayerLogs() {}

  /** The recordings of a layer that tell most, from all that are known of it. */
  public static TrainingLog merge(Collection<Recording> known) {
    RecordingChoice.Limits limits =
        new RecordingChoice.Limits(MAX_PAGES, MAX_PLACES, MAX_LOG_BYTES - TrainingLog.HEADER_BYTES);
    return new TrainingLog(
        TrainingLog.NO_ENGINE, new RecordingChoice(limits).choose(bounded(known)));
  }

  /**
   * An image's own log, and behind it what its layers are known for and it does not tell. Without
   * that it is {@code own}.
   *
   * @param ofLayers in pages of the layers that they are kept with
   * @param maxBytes of the result; {@code own} has fewer
   */
  public static TrainingLog extend(
      TrainingLog own, Collection<Recording> ofLayers, FilePages pages, int maxBytes) {
    int room = Math.min(MAX_TAKEN_BYTES, maxBytes - own.sizeBytes());
    RecordingChoice choice =
        new RecordingChoice(new RecordingChoice.Limits(MAX_PAGES, MAX_PLACES, room));
    own.recordings().forEach(recording -> choice.take(recording.only(pages::has)));
    List<Recording> all = new ArrayList<>(own.recordings());
    all.addAll(choice.choose(ofLayers));
    return TrainingLog.ofPieces(own.engine(), all);
  }

  private static List<Recording> bounded(Collection<Recording> known) {
    List<Recording> some = new ArrayList<>();
    int bytes = 0;
    for (Recording recording : known) {
      bytes += TrainingLog.sizeOf(recording);
      if (bytes > MAX_OFFERED_BYTES) {
        break;
      }
      some.add(recording);
    }
    return some;
  }
}
