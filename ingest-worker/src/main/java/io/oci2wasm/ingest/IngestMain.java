package io.oci2wasm.ingest;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.ingest.delivery.DeliveryConfig;
import io.oci2wasm.ingest.delivery.DeliveryMain;
import io.oci2wasm.ingest.scan.ScanWorker;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistrySource;
import io.oci2wasm.ingest.step.FetchMetrics;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.ShareWorker;
import io.oci2wasm.runtime.work.Worker;
import java.util.function.Function;

/** Puts the ingest-worker together. */
public final class IngestMain {
  private IngestMain() {}

  /**
   * Starts the stage, and what brings bundles back where that is wanted.
   *
   * @param rules what is brought in
   * @throws UnavailableException if Kafka does not answer
   */
  public static Worker start(
      RegistriesConfig registries,
      DeliveryConfig delivery,
      ConversionRules rules,
      ObjectStore store,
      ShareWorker.Wiring wiring)
      throws UnavailableException {
    RegistryClient client = new RegistryClient(registries.access());
    Function<ImageReference, ImageSource> sources = image -> RegistrySource.open(image, client);
    Worker ingest =
        Worker.together(
            ScanWorker.start(client, rules, wiring),
            ShareWorker.start(
                Stage.INGEST,
                Topics.IMAGE_PUSHED,
                ImagePushed.class,
                new IngestHandler(
                    sources, client::seen, store, rules, new FetchMetrics(wiring.metrics())),
                wiring));
    return delivery.enabled()
        ? Worker.together(ingest, DeliveryMain.start(delivery, client, store, wiring))
        : ingest;
  }
}
