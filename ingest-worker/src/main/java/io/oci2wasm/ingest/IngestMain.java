package io.oci2wasm.ingest;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistrySource;
import io.oci2wasm.ingest.step.FetchMetrics;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.work.ShareWorker;
import java.util.List;
import java.util.function.Function;

/** Puts the ingest-worker together. */
public final class IngestMain {
  private IngestMain() {}

  /**
   * Starts the stage.
   *
   * @param wanted platforms whose content is brought in
   */
  public static ShareWorker start(
      RegistriesConfig registries,
      List<Platform> wanted,
      ObjectStore store,
      ShareWorker.Wiring wiring) {
    RegistryClient client = new RegistryClient(registries.access());
    Function<ImageReference, ImageSource> sources = image -> RegistrySource.open(image, client);
    return ShareWorker.start(
        Stage.INGEST,
        Topics.IMAGE_PUSHED,
        ImagePushed.class,
        new IngestHandler(sources, store, wanted, new FetchMetrics(wiring.metrics())),
        wiring);
  }
}
