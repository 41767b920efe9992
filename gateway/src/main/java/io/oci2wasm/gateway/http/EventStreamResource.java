package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.live.LiveClient;
import io.oci2wasm.gateway.live.LiveMessage;
import io.oci2wasm.gateway.live.LiveUpdates;
import io.oci2wasm.runtime.LogKeys;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /api/v1/events/stream}: one thread for each of the clients, whose number is limited.
 */
final class EventStreamResource {
  private static final Logger LOGGER = LoggerFactory.getLogger(EventStreamResource.class);

  /** So that proxies, and both ends, learn of a dead connection. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private final LiveUpdates updates;
  private final Access access;
  private final Clock clock;

  EventStreamResource(LiveUpdates updates, Access access, Clock clock) {
    this.updates = updates;
    this.access = access;
    this.clock = clock;
  }

  /** Refuses who does not ask for a stream, before anything is sent. */
  private static void requireStream(Context context) {
    String accept = context.header("Accept");
    if (accept == null || !accept.contains("text/event-stream")) {
      throw new ProblemException(
          HttpStatus.NOT_ACCEPTABLE,
          context.path() + ": found Accept: " + accept + ", expected text/event-stream");
    }
  }

  /**
   * Holds the request's own thread to the end. Javalin's SSE goes on with a request after its end
   * when client or server went first, and never stops.
   */
  void serve(Context context) throws IOException {
    requireStream(context);
    AccessWatch watch = new AccessWatch(() -> access.isStillKnown(context), clock);
    context
        .contentType("text/event-stream")
        .header("Cache-Control", "no-cache")
        .header("X-Accel-Buffering", "no");
    Optional<LiveClient> connected = updates.feed().connect(context.header("Last-Event-ID"));
    OutputStream out = context.res().getOutputStream();
    if (connected.isEmpty()) {
      comment(out, "too many watch, or the gateway stops; come again");
      return;
    }
    try (LiveClient client = connected.get()) {
      if (!client.isResumed()) {
        event(out, "snapshot", updates.snapshot(), client.at());
      }
      while (!client.isCut() && watch.isStillKnown()) {
        Optional<LiveMessage> next = client.next(SILENCE);
        if (next.isPresent()) {
          LiveMessage message = next.get();
          event(out, message.name(), message.data(), message.id());
        } else if (!client.isCut()) {
          comment(out, "still here");
        }
      }
    } catch (UnavailableException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("An event stream ends");
    } catch (IOException e) {
      LOGGER.atDebug().addKeyValue(LogKeys.ERROR, e.getMessage()).log("A watcher has gone");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** HTML Living Standard, "Server-sent events"; JSON has no line break of its own. */
  private static void event(OutputStream out, String name, String data, String id)
      throws IOException {
    write(out, "id: " + id + "\nevent: " + name + "\ndata: " + data);
  }

  private static void comment(OutputStream out, String text) throws IOException {
    write(out, ": " + text);
  }

  private static void write(OutputStream out, String message) throws IOException {
    out.write((message + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
