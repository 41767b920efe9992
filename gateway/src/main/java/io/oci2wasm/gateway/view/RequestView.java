package io.oci2wasm.gateway.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One request: itself, and its platforms once they are known. */
final class RequestView {
  private final TreeMap<String, Conversion> platforms = new TreeMap<>();
  private @Nullable Conversion whole;
  private Instant queuedAt;

  RequestView(Instant firstSeen) {
    this.queuedAt = firstSeen;
  }

  void add(Conversion news) {
    if (news.queuedAt().isBefore(queuedAt)) {
      queuedAt = news.queuedAt();
    }
    if (news.id().equals(news.requestId())) {
      whole = whole == null ? news : whole.merge(news);
    } else {
      platforms.merge(news.id(), news, Conversion::merge);
    }
  }

  Instant queuedAt() {
    return queuedAt;
  }

  /** In the order of their ids. The request alone is shown until its platforms are. */
  List<Conversion> conversions() {
    List<Conversion> all = new ArrayList<>();
    if (whole != null && (platforms.isEmpty() || whole.isEnded())) {
      all.add(whole.queuedAt(queuedAt));
    }
    platforms.values().forEach(platform -> all.add(platform.queuedAt(queuedAt)));
    return all;
  }
}
