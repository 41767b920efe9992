package io.oci2wasm.gateway.view;

import io.oci2wasm.runtime.event.ReceivedEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All requests that fit, newest first. Thread-safe. */
public final class ConversionView {
  static final int REQUEST_ID_LENGTH = 32;

  private final int history;
  private final Map<String, RequestView> requests = new HashMap<>();
  private final TreeMap<Position, RequestView> newestFirst = new TreeMap<>();

  /**
   * An empty view.
   *
   * @param history requests kept; the oldest are forgotten
   */
  public ConversionView(int history) {
    this.history = history;
  }

  private record Position(Instant queuedAt, String requestId) implements Comparable<Position> {
    private static final Comparator<Position> ORDER =
        Comparator.comparing(Position::queuedAt).reversed().thenComparing(Position::requestId);

    @Override
    public int compareTo(Position other) {
      return ORDER.compare(this, other);
    }
  }

  /** Takes an event into account, in whatever order they come. */
  public synchronized void accept(ReceivedEvent received) {
    EventNews.of(received).forEach(this::add);
  }

  private void add(Conversion news) {
    String requestId = news.requestId();
    RequestView request =
        requests.computeIfAbsent(requestId, id -> new RequestView(news.queuedAt()));
    newestFirst.remove(new Position(request.queuedAt(), requestId));
    request.add(news);
    newestFirst.put(new Position(request.queuedAt(), requestId), request);
    if (requests.size() > history) {
      requests.remove(newestFirst.pollLastEntry().getKey().requestId());
    }
  }

  /** The conversion with this id. */
  public synchronized Optional<Conversion> find(String id) {
    if (id.length() < REQUEST_ID_LENGTH) {
      return Optional.empty();
    }
    RequestView request = requests.get(id.substring(0, REQUEST_ID_LENGTH));
    return request == null
        ? Optional.empty()
        : request.conversions().stream()
            .filter(conversion -> conversion.id().equals(id))
            .findFirst();
  }

  /**
   * Up to {@code limit} conversions, newest first.
   *
   * @param page the {@code next} of the page before, or null for the first
   * @throws IllegalArgumentException if {@code page} is no such thing
   */
  public synchronized ConversionPage list(
      ConversionFilter filter, int limit, @Nullable String page) {
    PageToken after = page == null ? null : PageToken.parse(page);
    List<Conversion> found = new ArrayList<>();
    for (RequestView request : from(after)) {
      for (Conversion conversion : request.conversions()) {
        if (isAfter(conversion, after) && filter.matches(conversion)) {
          if (found.size() == limit) {
            return new ConversionPage(found, PageToken.after(found.get(limit - 1)).toString());
          }
          found.add(conversion);
        }
      }
    }
    return new ConversionPage(found, null);
  }

  private Iterable<RequestView> from(@Nullable PageToken after) {
    return after == null
        ? newestFirst.values()
        : newestFirst
            .tailMap(new Position(after.queuedAt(), after.id().substring(0, REQUEST_ID_LENGTH)))
            .values();
  }

  private static boolean isAfter(Conversion conversion, @Nullable PageToken after) {
    return after == null
        || !conversion.queuedAt().equals(after.queuedAt())
        || conversion.id().compareTo(after.id()) > 0;
  }
}
