package io.oci2wasm.ingest;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImageIngested.PlatformFailure;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImagePlatforms;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.api.oci.PlatformSelection;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.step.FetchMetrics;
import io.oci2wasm.ingest.step.StoreBlobStep;
import io.oci2wasm.ingest.step.StoringContent;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreCalls;
import io.oci2wasm.runtime.work.EventHandler;
import io.oci2wasm.runtime.work.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Brings one pushed image into the object store. */
final class IngestHandler implements EventHandler<ImagePushed> {
  /** Characters of all messages together: even escaped they leave room in the event. */
  private static final int MAX_MESSAGES = 500_000;

  private static final int MIN_MESSAGE = 16;

  private final Function<ImageReference, ImageSource> sources;
  private final Supplier<List<WorkerSeen.Registry>> registries;
  private final ObjectStore store;
  private final StoreCalls calls = new StoreCalls();
  private final ConversionRules rules;
  private final FetchMetrics metrics;

  IngestHandler(
      Function<ImageReference, ImageSource> sources,
      Supplier<List<WorkerSeen.Registry>> registries,
      ObjectStore store,
      ConversionRules rules,
      FetchMetrics metrics) {
    this.sources = sources;
    this.registries = registries;
    this.store = store;
    this.rules = rules;
    this.metrics = metrics;
  }

  @Override
  public Outcome handle(ImagePushed event) throws InterruptedException {
    Optional<PlatformSelection.Refusal> excluded = rules.excluded(event.image(), event.choice());
    if (excluded.isPresent()) {
      return new Outcome.Rejected(excluded.get().reason(), excluded.get().message());
    }
    try (ImageSource source = sources.apply(event.image())) {
      return new Outcome.Done(List.of(ingest(event, source)));
    } catch (RejectedException e) {
      return Outcome.Rejected.of(e);
    } catch (IOException e) {
      return Outcome.of(e, Reason.REGISTRY_UNAVAILABLE);
    }
  }

  private ImageIngested ingest(ImagePushed event, ImageSource source)
      throws RejectedException, IOException, InterruptedException {
    source.checkAllowed();
    try (StoreBlobStep blobs = new StoreBlobStep(store, calls, source, event.image())) {
      try {
        Optional<Descriptor> stored = blobs.storedRoot();
        Descriptor root = stored.isPresent() ? stored.get() : source.root();
        return ingest(event, source, root, blobs);
      } finally {
        metrics.add(event.image().registry(), blobs.tally());
      }
    }
  }

  private ImageIngested ingest(
      ImagePushed event, ImageSource source, Descriptor root, StoreBlobStep blobs)
      throws RejectedException, IOException, InterruptedException {
    ImagePlatforms platforms =
        ImageWalk.select(
            root,
            new StoringContent(source, blobs),
            rules.selection(event.image(), event.choice()));
    List<PlatformFailure> failures = new ArrayList<>();
    platforms.leftOut().stream()
        .filter(ImagePlatforms.LeftOut::failed)
        .map(
            child ->
                new PlatformFailure(
                    child.descriptor(), child.platform(), child.reason(), child.message()))
        .forEach(failures::add);
    for (PlatformImage image : platforms.wanted()) {
      storeLayers(image, blobs, failures);
    }
    blobs.finish();
    return new ImageIngested(
        event.requestId(),
        event.lane(),
        event.image().withDigest(root.digest()),
        root.bare(),
        blobs.tally(),
        inOneEvent(failures),
        event.batchId(),
        event.choice(),
        platforms.children());
  }

  /** An index may name thousands of platforms that fail: each gets its share of the event. */
  static List<PlatformFailure> inOneEvent(List<PlatformFailure> failures) {
    int share = Math.max(MIN_MESSAGE, MAX_MESSAGES / Math.max(1, failures.size()));
    return failures.stream()
        .map(
            one ->
                one.message().length() <= share
                    ? one
                    : new PlatformFailure(
                        one.manifest(),
                        one.platform(),
                        one.reason(),
                        one.message().substring(0, share - 1) + "…"))
        .toList();
  }

  /** One platform's bad layer is no reason for its siblings to fail. */
  private static void storeLayers(
      PlatformImage image, StoreBlobStep blobs, List<PlatformFailure> failures)
      throws IOException, InterruptedException {
    try {
      List<Descriptor> layers = image.manifest().layers();
      for (int i = 0; i < layers.size(); i++) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        blobs.lookAhead(layers.subList(i, layers.size()));
        blobs.store(layers.get(i));
      }
    } catch (RejectedException e) {
      failures.add(
          new PlatformFailure(image.descriptor(), image.platform(), e.reason(), e.getMessage()));
    }
  }

  @Override
  public Optional<List<WorkerSeen.Registry>> registries() {
    return Optional.of(registries.get());
  }

  @Override
  public PipelineEvent ending(ImagePushed event, Reason reason, String message) {
    return Endings.ofRequest(event, Stage.INGEST, reason, message);
  }
}
