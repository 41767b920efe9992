package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.Records;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.event.UndecodableEventException;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.GroupReader;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Worker;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts delivery together. Announced bundles that are wanted are forwarded to two lanes of their
 * own, so that those of a batch yield to those of a push, and retries and replays are told to
 * nobody else.
 */
public final class DeliveryMain {
  private static final int FORWARDED_AT_ONCE = 500;

  private static final Logger LOGGER = LoggerFactory.getLogger(DeliveryMain.class);

  private DeliveryMain() {}

  /**
   * Starts the stage; what was announced before it was first started is not delivered.
   *
   * @param wiring ingest's, whose rules of work are replaced by delivery's own
   * @throws io.oci2wasm.runtime.config.ConfigException if the signing key or the signer cannot be
   *     used
   */
  public static Worker start(
      DeliveryConfig config,
      RegistryClient registries,
      ObjectStore store,
      ShareWorker.Wiring wiring) {
    return Worker.together(
        GroupReader.start(
            wiring.kafka(),
            Topics.DELIVERY_GROUP,
            List.of(Topics.BUNDLE_BUILT),
            FORWARDED_AT_ONCE,
            wiring.clock().instant(),
            records -> forward(config, records, wiring.publisher(), wiring.clock().instant())),
        ShareWorker.start(
            Stage.DELIVER,
            Topics.BUNDLE_BUILT,
            BundleBuilt.class,
            new DeliverHandler(
                new DeliverBundleStep(registries, store, signer(config), config.tag()),
                wiring.metrics()),
            wiring.with(config.work())));
  }

  private static @Nullable Signer signer(DeliveryConfig config) {
    Path keyFile = config.signingKeyFile();
    if (keyFile != null) {
      return SigningKey.load(keyFile);
    }
    return config.signer().configured() ? CommandSigner.of(config.signer()) : null;
  }

  private static void forward(
      DeliveryConfig config, List<TopicRecord> records, RecordPublisher publisher, Instant now)
      throws UnavailableException {
    publisher.forward(
        records.stream().flatMap(record -> forwarded(config, record, now).stream()).toList());
  }

  /**
   * Of a later version's announcement nobody here can say whether it is wanted: it waits as a dead
   * letter. About what nobody can read the gateway has one.
   */
  private static Optional<OutgoingRecord> forwarded(
      DeliveryConfig config, TopicRecord record, Instant now) {
    try {
      PipelineEvent event = record.read().event();
      return config.wants(event.image())
          ? Optional.of(
              new OutgoingRecord(Topics.work(Topics.BUNDLE_BUILT, event.lane()), record.copy()))
          : Optional.empty();
    } catch (UndecodableEventException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.STAGE, Stage.DELIVER)
          .addKeyValue(LogKeys.REASON, e.reason())
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("An announcement cannot be read; its bundle is not delivered");
      return e.reason() == Reason.NEWER_VERSION
          ? Optional.of(
              Records.outgoing(
                  record.letter(Stage.DELIVER, Topics.DELIVERY_GROUP, e, now),
                  Stage.DELIVER + "-worker",
                  now))
          : Optional.empty();
    }
  }
}
