package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.runtime.event.OutgoingRecord;
import io.oci2wasm.runtime.event.RecordPublisher;
import io.oci2wasm.runtime.event.TopicRecord;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.GroupReader;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Worker;
import java.util.List;
import java.util.stream.Stream;

/**
 * Puts delivery together. Announced bundles that are wanted are forwarded to two lanes of their
 * own, so that those of a batch yield to those of a push, and retries and replays are told to
 * nobody else.
 */
public final class DeliveryMain {
  private static final int FORWARDED_AT_ONCE = 500;

  private DeliveryMain() {}

  /**
   * Starts the stage; what was announced before it was first started is not delivered.
   *
   * @param wiring ingest's, whose rules of work are replaced by delivery's own
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
            records -> forward(config, records, wiring.publisher())),
        ShareWorker.start(
            Stage.DELIVER,
            Topics.BUNDLE_BUILT,
            BundleBuilt.class,
            new DeliverHandler(new DeliverBundleStep(registries, store), wiring.metrics()),
            wiring.with(config.work())));
  }

  private static void forward(
      DeliveryConfig config, List<TopicRecord> records, RecordPublisher publisher)
      throws UnavailableException {
    publisher.forward(records.stream().flatMap(record -> forwarded(config, record)).toList());
  }

  private static Stream<OutgoingRecord> forwarded(DeliveryConfig config, TopicRecord record) {
    return record.event().stream()
        .filter(received -> config.wants(received.event().image()))
        .map(
            received ->
                new OutgoingRecord(
                    Topics.work(Topics.BUNDLE_BUILT, received.event().lane()), record.copy()));
  }
}
