package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The topics that the state is computed from. */
public final class StateTopics {
  /** All of them. */
  public static final List<String> ALL = all();

  /**
   * Those of them that lose records once snapshots stand for these. The others forget by
   * themselves, or have readers that read them from their beginnings.
   */
  public static final Set<String> TRIMMED = trimmed();

  private StateTopics() {}

  private static List<String> all() {
    List<String> topics = new ArrayList<>(trimmed());
    topics.add(Topics.STAGE_STARTED);
    topics.add(Topics.IMAGE_DELETED);
    topics.add(Topics.BATCH_CHANGED);
    Topics.WORK.forEach(type -> topics.add(Topics.retry(type)));
    return List.copyOf(topics);
  }

  private static Set<String> trimmed() {
    List<String> topics = new ArrayList<>(Topics.COMPLETION);
    topics.addAll(
        List.of(
            Topics.BATCH_REQUESTED,
            Topics.BATCH_ENTERED,
            Topics.DEAD_LETTERED,
            Topics.REPLAYED,
            Topics.RESENT,
            Topics.DROPPED,
            Topics.BUNDLE_REMOVED,
            Topics.BUNDLE_DELIVERED));
    for (String type : Topics.WORK) {
      for (Lane lane : Lane.values()) {
        topics.add(Topics.work(type, lane));
      }
    }
    return Set.copyOf(topics);
  }
}
