package io.oci2wasm.runtime.work;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.runtime.LogKeys;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For the stages behind ingest: an image whose content has left the object store since it was
 * ingested goes back to ingest under the same request, which fetches what is missing. Retention may
 * have taken a blob between two stages. How often one request goes back is bounded in each process,
 * so that a store which loses what it is given ends the request instead of keeping it going round.
 */
public final class IngestAgain {
  private static final Logger LOGGER = LoggerFactory.getLogger(IngestAgain.class);

  /** Stands in the place of whoever told of the image first. */
  public static final String SENDER = "oci2wasm";

  private static final int MAX_TIMES = 3;
  private static final int REMEMBERED = 10_000;

  private final Clock clock;
  private final Map<String, Integer> times =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > REMEMBERED;
        }
      };

  public IngestAgain(Clock clock) {
    this.clock = clock;
  }

  /** What {@code event} becomes because of {@code why}: ingested again, or refused. */
  public Outcome outcome(PipelineEvent event, RejectedException why) {
    return why.reason() == Reason.NOT_FOUND
        ? sendBack(event, why.getMessage()).orElseGet(() -> Outcome.Rejected.of(why))
        : Outcome.Rejected.of(why);
  }

  /** Sends the request of {@code event} back; empty if it has been sent back too often. */
  public Optional<Outcome> sendBack(PipelineEvent event, String missing) {
    if (!mayAgain(event.requestId())) {
      return Optional.empty();
    }
    LOGGER
        .atWarn()
        .addKeyValue(LogKeys.EVENT_ID, event.eventId())
        .addKeyValue(LogKeys.IMAGE_REF, event.image())
        .addKeyValue(LogKeys.ERROR, missing)
        .log("Content is missing from the object store; the image is ingested again");
    return Optional.of(
        new Outcome.Done(
            List.of(
                new ImagePushed(
                    event.requestId(),
                    event.lane(),
                    SENDER,
                    event.image(),
                    null,
                    clock.instant(),
                    event.batchId(),
                    event.choice()))));
  }

  private synchronized boolean mayAgain(String requestId) {
    return times.merge(requestId, 1, Integer::sum) <= MAX_TIMES;
  }
}
