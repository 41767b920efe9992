package io.oci2wasm.ingest.scan;

import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.runtime.work.GroupWorker;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Worker;

/** Lists registries for the scans that are asked for. */
public final class ScanWorker implements Worker {
  private final EndedBatches ended;
  private final GroupWorker<BatchRequested> worker;

  private ScanWorker(EndedBatches ended, GroupWorker<BatchRequested> worker) {
    this.ended = ended;
    this.worker = worker;
  }

  /**
   * Starts listing.
   *
   * @throws UnavailableException if Kafka does not answer
   */
  public static ScanWorker start(
      RegistryClient client, ConversionRules rules, ShareWorker.Wiring wiring)
      throws UnavailableException {
    EndedBatches ended = EndedBatches.follow(wiring.kafka());
    return new ScanWorker(
        ended,
        GroupWorker.start(
            new GroupWorker.Topic<>(
                Topics.BATCH_REQUESTED, BatchRequested.class, Topics.SCAN_GROUP),
            new ScanHandler(client, rules, wiring.publisher(), ended, wiring.clock()),
            wiring.kafka(),
            wiring.config(),
            wiring.clock()));
  }

  @Override
  public boolean alive() {
    return worker.alive();
  }

  @Override
  public void stopTaking() {
    worker.stopTaking();
  }

  @Override
  public void close() {
    worker.close();
    ended.close();
  }
}
