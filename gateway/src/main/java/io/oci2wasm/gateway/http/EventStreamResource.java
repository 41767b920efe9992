package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.http.sse.SseClient;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.live.LiveClient;
import io.oci2wasm.gateway.live.LiveMessage;
import io.oci2wasm.gateway.live.LiveUpdates;
import io.oci2wasm.runtime.LogKeys;
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

  EventStreamResource(LiveUpdates updates) {
    this.updates = updates;
  }

  /** Refuses who does not ask for a stream, before anything is sent. */
  void requireStream(Context context) {
    String accept = context.header("Accept");
    if (accept == null || !accept.contains("text/event-stream")) {
      throw new ProblemException(
          HttpStatus.NOT_ACCEPTABLE,
          context.path() + ": found Accept: " + accept + ", expected text/event-stream");
    }
  }

  void serve(SseClient stream) {
    Optional<LiveClient> connected = updates.feed().connect(stream.ctx().header("Last-Event-ID"));
    if (connected.isEmpty()) {
      stream.sendComment("too many watch, or the gateway stops; come again");
      return;
    }
    try (LiveClient client = connected.get()) {
      if (!client.isResumed()) {
        stream.sendEvent("snapshot", updates.snapshot(), client.at());
      }
      while (!client.isCut() && !stream.terminated()) {
        Optional<LiveMessage> next = client.next(SILENCE);
        if (next.isPresent()) {
          LiveMessage message = next.get();
          stream.sendEvent(message.name(), message.data(), message.id());
        } else if (!client.isCut()) {
          stream.sendComment("still here");
        }
      }
    } catch (UnavailableException e) {
      LOGGER.atWarn().addKeyValue(LogKeys.ERROR, e.getMessage()).log("An event stream ends");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
