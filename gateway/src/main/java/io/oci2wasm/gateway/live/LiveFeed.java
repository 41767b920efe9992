package io.oci2wasm.gateway.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to all connected clients, and keeps the last ones for clients that reconnect.
 * Thread-safe; no call waits for a client.
 */
public final class LiveFeed implements AutoCloseable {
  static final int MAX_CLIENTS = 64;
  static final int KEPT = 100;

  private static final Pattern ID = Pattern.compile("([0-9a-f]{8})-([0-9]{1,18})");

  private final String stream = UUID.randomUUID().toString().substring(0, 8);
  private final Deque<LiveMessage> kept = new ArrayDeque<>();
  private final Set<LiveClient> clients = new HashSet<>();
  private long last;
  private boolean closed;

  /**
   * A client that gets what comes from now on, and what came since {@code lastEventId} if that is
   * known; none when there are too many, or after the end.
   */
  public synchronized Optional<LiveClient> connect(@Nullable String lastEventId) {
    if (closed || clients.size() >= MAX_CLIENTS) {
      return Optional.empty();
    }
    long seen = numberOf(lastEventId);
    boolean resumed = seen >= last - kept.size() && seen <= last;
    List<LiveMessage> missed =
        resumed ? kept.stream().skip(kept.size() - (last - seen)).toList() : List.of();
    LiveClient client = new LiveClient(this, id(resumed ? seen : last), resumed, missed);
    clients.add(client);
    return Optional.of(client);
  }

  /** -1 where it is no place in this stream. */
  private long numberOf(@Nullable String id) {
    Matcher matcher = ID.matcher(id == null ? "" : id);
    return matcher.matches() && stream.equals(matcher.group(1))
        ? Long.parseLong(matcher.group(2))
        : -1;
  }

  private String id(long number) {
    return stream + "-" + number;
  }

  /** Whether anybody would get a message. */
  public synchronized boolean isWatched() {
    return !clients.isEmpty();
  }

  /** Tells everybody. */
  public synchronized void publish(String name, String data) {
    LiveMessage message = new LiveMessage(id(++last), name, data);
    kept.add(message);
    if (kept.size() > KEPT) {
      kept.remove();
    }
    Iterator<LiveClient> each = clients.iterator();
    while (each.hasNext()) {
      LiveClient client = each.next();
      if (!client.offer(message)) {
        client.cut();
        each.remove();
      }
    }
  }

  /** Something was not published: nobody can go on from before it. */
  public synchronized void skip() {
    kept.clear();
    last++;
  }

  synchronized void leave(LiveClient client) {
    clients.remove(client);
  }

  /** Ends every stream; nobody may come any more. */
  @Override
  public synchronized void close() {
    closed = true;
    clients.forEach(LiveClient::cut);
    clients.clear();
  }
}
