package io.oci2wasm.ingest.scan;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BatchChanged;
import io.oci2wasm.api.event.BatchChanged.Change;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.EventPublisher;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import io.oci2wasm.runtime.work.GroupHandler;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists the images of one scan. */
final class ScanHandler implements GroupHandler<BatchRequested> {
  private static final Logger LOGGER = LoggerFactory.getLogger(ScanHandler.class);

  private final RegistryClient client;
  private final ConversionRules rules;
  private final EventPublisher publisher;
  private final EndedBatches ended;
  private final Clock clock;

  ScanHandler(
      RegistryClient client,
      ConversionRules rules,
      EventPublisher publisher,
      EndedBatches ended,
      Clock clock) {
    this.client = client;
    this.rules = rules;
    this.publisher = publisher;
    this.ended = ended;
    this.clock = clock;
  }

  @Override
  public void handle(BatchRequested batch) throws IOException {
    if (batch.kind() != BatchRequested.Kind.SCAN) {
      return;
    }
    ended.checkKnown();
    if (ended.contains(batch.batchId())) {
      return;
    }
    try {
      Listing listing =
          new Listing(
              batch,
              client.catalog(batch.registry()),
              rules,
              publisher,
              () -> ended.contains(batch.batchId()));
      Optional<String> refusals = listing.call();
      if (!ended.contains(batch.batchId())) {
        end(
            batch,
            refusals.isPresent() ? Change.FAILED : Change.LISTED,
            refusals.orElse(null),
            listing.images());
      }
    } catch (RejectedException | IllegalArgumentException e) {
      end(batch, Change.FAILED, e.getMessage(), null);
    }
  }

  @Override
  public void giveUp(BatchRequested batch, String why) throws IOException {
    end(batch, Change.FAILED, why, null);
  }

  @Override
  public void unreadable(TopicRecord record, UndecodableEventException why) throws IOException {
    publisher.publish(List.of(record.letter(Stage.INGEST, why, clock.instant())));
  }

  private void end(
      BatchRequested batch, Change change, @Nullable String message, @Nullable Integer images)
      throws IOException {
    publisher.publish(
        List.of(new BatchChanged(batch.batchId(), change, message, clock.instant(), images)));
    LOGGER
        .atInfo()
        .addKeyValue(LogKeys.EVENT_ID, batch.eventId())
        .addKeyValue("registry", batch.registry())
        .addKeyValue(LogKeys.OUTCOME, change)
        .addKeyValue(LogKeys.ERROR, message)
        .log("Scan ended");
  }
}
