package io.oci2wasm.gateway.retention;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleRemoved;
import io.oci2wasm.api.event.Endings;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.gateway.RecordingPublisher;
import io.oci2wasm.gateway.retention.HistoryContent.Document;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.batch.BatchEntry;
import io.oci2wasm.gateway.state.retention.StateImageFacts;
import io.oci2wasm.runtime.event.ReceivedEvent;
import io.oci2wasm.testsupport.SettableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Registries, a pipeline and a store, in which things happen by chance. */
final class HistoryWorld {
  private static final String REGISTRY = "r.example";
  private static final List<String> REPOSITORIES = List.of("team/app", "team/tool");
  private static final List<String> TAGS = List.of("1", "2", "3", "latest");

  private final Random random;
  private final TestState state;
  private final Deletions deletions = new Deletions();
  private final List<String> told = new ArrayList<>();
  private final RecordingPublisher publisher = new RecordingPublisher();
  private final StateImageFacts facts;
  private int taken;
  private int asked;
  private int engine;
  private boolean lost;

  final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T00:00:00Z"));
  final MemoryBucket bucket = new MemoryBucket(clock);

  HistoryWorld(long seed, TestState state) {
    this.random = new Random(seed);
    this.state = state;
    this.facts = new StateImageFacts(state.database(), deletions, () -> {});
  }

  Random random() {
    return random;
  }

  /** What has happened, for people. */
  List<String> told() {
    return told;
  }

  /** Whether the store has lost something by itself. */
  boolean hasLost() {
    return lost;
  }

  List<ImageDeleted> deletions() {
    return deletions.all();
  }

  List<RequestFact> requests() throws IOException {
    List<RequestFact> all = new ArrayList<>();
    facts.requests(all::add);
    return all;
  }

  private <T> T any(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  /** Something happens. */
  void happen() throws IOException {
    int what = random.nextInt(20);
    String repository = any(REPOSITORIES);
    if (what < 8) {
      push(repository, any(TAGS), random.nextInt(3) > 0 ? any(images()) : any(indexes()));
    } else if (what < 10) {
      push(repository, null, any(images()));
    } else if (what < 12) {
      ask(repository, random.nextBoolean() ? null : any(TAGS), artifact(), "registry");
    } else if (what < 13) {
      reconvert(repository);
    } else if (what < 15) {
      delete(repository);
    } else if (what < 19) {
      Duration time = Duration.ofMinutes(1L << random.nextInt(13));
      told.add("wait " + time);
      clock.pass(time);
    } else {
      lose();
    }
  }

  private static List<Document> images() {
    return HistoryContent.IMAGES;
  }

  private static List<Document> indexes() {
    return HistoryContent.INDEXES;
  }

  private Document artifact() {
    return any(HistoryContent.ARTIFACTS);
  }

  private void push(String repository, @Nullable String tag, Document root) {
    if (root.config() == null && random.nextBoolean()) {
      for (Document child : HistoryContent.manifests(root)) {
        ask(repository, null, child, "registry");
      }
    }
    ask(repository, tag, root, "registry");
  }

  private void reconvert(String repository) throws IOException {
    engine++;
    told.add("engine " + engine);
    for (RequestFact request : requests()) {
      if (request.repository().equals(repository)
          && request.digest() != null
          && random.nextInt(3) > 0) {
        ask(
            repository,
            request.tag(),
            HistoryContent.document(request.digest()),
            BatchEntry.SENDER);
      }
    }
  }

  private void delete(String repository) {
    int what = random.nextInt(5);
    String tag = what < 2 ? any(TAGS) : null;
    Sha256Digest digest = what == 2 || what == 3 ? any(images()).digest() : null;
    told.add("delete " + repository + " " + tag + " " + digest);
    tick();
    deletions.add(new ImageDeleted("t", REGISTRY, repository, digest, tag, clock.instant()));
  }

  private void lose() {
    List<String> markers =
        bucket.keys().stream().filter(key -> key.endsWith("/bundle.json")).toList();
    if (!markers.isEmpty()) {
      String bundle = ObjectKeys.parse(any(markers)).orElseThrow().name();
      told.add("lose " + bundle);
      lost = true;
      bucket.lose(bundle);
    }
  }

  private void tick() {
    clock.pass(Duration.ofSeconds(1));
  }

  /** A request, from its push as far as it comes. */
  private void ask(String repository, @Nullable String tag, Document root, String sender) {
    String id = String.format("%032x", (++asked * 7919L + random.nextInt(1000)) << 20);
    List<ReceivedEvent> events = new ArrayList<>();
    ImageReference named =
        new ImageReference(REGISTRY, repository, tag, tag == null ? root.digest() : null);
    ImageReference image = new ImageReference(REGISTRY, repository, tag, root.digest());
    tick();
    events.add(at(new ImagePushed(id, Lane.PUSH, sender, named, null, clock.instant())));
    int luck = random.nextInt(30);
    told.add(
        "ask "
            + repository
            + ":"
            + tag
            + "@"
            + root.digest().shortHex()
            + " "
            + sender
            + " "
            + luck);
    if (luck > 0) {
      for (Document document : HistoryContent.all(root)) {
        store(repository, document);
      }
      tick();
      Descriptor descriptor = new Descriptor(MediaTypes.OCI_INDEX, root.digest(), 1);
      events.add(
          at(
              new ImageIngested(
                  id, Lane.PUSH, image, descriptor, new ImageIngested.Blobs(1, 1, 1), List.of())));
    }
    if (luck > 1) {
      convert(id, image, root, events);
    }
    state.accept(events);
  }

  private ReceivedEvent at(PipelineEvent event) {
    return new ReceivedEvent(event, clock.instant());
  }

  private void store(String repository, Document document) {
    put(ObjectKeys.blob(document.digest()), document.text().getBytes(StandardCharsets.UTF_8));
    put(ObjectKeys.served(REGISTRY, repository, document.digest()), new byte[0]);
    for (Sha256Digest layer : document.layers()) {
      put(ObjectKeys.blob(layer), new byte[3]);
      put(ObjectKeys.diffId(layer), new byte[1]);
      put(ObjectKeys.served(REGISTRY, repository, layer), new byte[0]);
    }
    for (Sha256Digest diffId : document.diffIds()) {
      put(ObjectKeys.layerData(diffId, "1"), new byte[3]);
      put(ObjectKeys.layerIndex(diffId, "1"), new byte[1]);
      if (random.nextBoolean()) {
        learn(diffId);
      }
    }
  }

  /** There may be several logs; every third engine writes them in another format. */
  private void learn(Sha256Digest diffId) {
    String format = "log-" + (engine / 3 + 1) + "/";
    Sha256Digest log = Sha256Digest.of(new byte[] {(byte) random.nextInt(3)});
    put(ObjectKeys.layer(diffId) + format + log.hex(), new byte[5]);
  }

  /** What is there already is not written again. */
  private void put(String key, byte[] content) {
    if (!bucket.has(key)) {
      bucket.put(key, content);
    }
  }

  private void convert(String id, ImageReference image, Document root, List<ReceivedEvent> events) {
    PipelineEvent request = events.get(events.size() - 1).event();
    if (HistoryContent.ARTIFACTS.contains(root)) {
      tick();
      events.add(at(Endings.ofRequest(request, Stage.RESOLVE, Reason.NOT_AN_IMAGE, "no image")));
      return;
    }
    List<Document> manifests = HistoryContent.manifests(root);
    for (int i = 0; i < manifests.size(); i++) {
      Document manifest = manifests.get(i);
      Platform platform = Platform.parse("linux/" + "abcdefg".charAt(i));
      Descriptor descriptor = new Descriptor(MediaTypes.OCI_MANIFEST, manifest.digest(), 1);
      tick();
      events.add(
          at(new PlatformResolved(id, Lane.PUSH, image, platform, descriptor, manifests.size())));
      int luck = random.nextInt(12);
      told.add("  platform " + i + " " + luck);
      tick();
      if (luck > 1) {
        events.add(at(built(id, image, platform, manifest)));
      } else if (luck == 1) {
        events.add(
            at(
                Endings.ofPlatform(
                    request,
                    Stage.BUILD,
                    platform,
                    manifest.digest(),
                    Reason.INTERNAL,
                    "failed",
                    manifests.size(),
                    true)));
      }
    }
  }

  private BundleBuilt built(String id, ImageReference image, Platform platform, Document manifest) {
    String bundle = HistoryContent.digest(manifest.digest() + " by " + engine).hex();
    boolean reused = bucket.has(ObjectKeys.bundleDescription(bundle));
    if (!reused) {
      putParts(manifest);
      bucket.put(ObjectKeys.bundleRecipe(bundle), new byte[9]);
      bucket.put(ObjectKeys.bundleProvenance(bundle), new byte[2]);
      bucket.put(ObjectKeys.bundleDescription(bundle), description(manifest));
    }
    return new BundleBuilt(
        id,
        Lane.PUSH,
        bundle,
        image,
        platform,
        manifest.digest(),
        reused,
        new BundleBuilt.StoredBundle(null, null, 9),
        new BundleBuilt.StoredRecipe(HistoryContent.digest(bundle), 9),
        new BundleBuilt.Layers(1, reused ? 0 : 1),
        1);
  }

  /** Every second engine comes with another packer. */
  private String packer() {
    return "packer" + engine / 2;
  }

  private Sha256Digest engineDigest() {
    return HistoryContent.digest("engine " + engine);
  }

  /** What a recipe consists of; an engine in use is written again. */
  private void putParts(Document manifest) {
    List<Sha256Digest> layers = HistoryContent.layers(manifest);
    bucket.put(ObjectKeys.engine(engineDigest()), new byte[7]);
    for (Sha256Digest layer : layers) {
      put(ObjectKeys.layerData(layer, packer()), new byte[3]);
      put(ObjectKeys.layerIndex(layer, packer()), new byte[1]);
    }
    put(ObjectKeys.rootfsMetadata(layers, packer(), "1"), new byte[2]);
    put(ObjectKeys.rootfsLayout(layers, packer(), "1"), new byte[1]);
  }

  private byte[] description(Document manifest) {
    try {
      return Json.MAPPER.writeValueAsBytes(
          Map.of(
              "layers",
              HistoryContent.layers(manifest),
              "packer",
              packer(),
              "converterVersion",
              "1",
              "engine",
              Map.of("digest", engineDigest()),
              "recipe",
              Map.of("size", 9)));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Retention runs.
   *
   * @param deletions after so many the store is away
   * @return whether it came to its end
   */
  boolean collect(RetentionConfig config, int deletions) {
    bucket.dieAfter(deletions);
    boolean ended = true;
    try {
      GcReport unused =
          new Collector(config, facts, bucket, publisher, new SimpleMeterRegistry(), clock)
              .run(false);
    } catch (IOException e) {
      ended = false;
    }
    bucket.dieAfter(Integer.MAX_VALUE);
    told.add("gc " + config + (ended ? "" : " dies"));
    List<BundleRemoved> removals =
        publisher.published().stream().skip(taken).map(BundleRemoved.class::cast).toList();
    taken = publisher.published().size();
    state.acceptRemovals(removals);
    return ended;
  }
}
