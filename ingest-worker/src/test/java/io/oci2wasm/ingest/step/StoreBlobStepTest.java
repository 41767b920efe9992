package io.oci2wasm.ingest.step;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImageIngested;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreCalls;
import io.oci2wasm.runtime.store.StoreConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of the store, how often, and when. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
@Timeout(60)
class StoreBlobStepTest {
  private static final byte[] MANIFEST = "{\"schemaVersion\": 2}".getBytes(UTF_8);

  @TempDir private Path directory;

  private final Set<String> objects = ConcurrentHashMap.newKeySet();
  private final Map<String, byte[]> contents = new ConcurrentHashMap<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile CountDownLatch heads = new CountDownLatch(0);
  private HttpServer server;
  private ObjectStore store;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/oci2wasm/", this::answer);
    server.start();
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    store =
        ObjectStore.open(
            StoreConfig.DEFAULT.at(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()), secret, secret));
  }

  private void answer(HttpExchange call) throws IOException {
    try (call) {
      String key = call.getRequestURI().getPath().substring("/oci2wasm/".length());
      calls.add(call.getRequestMethod() + " " + key);
      call.getRequestBody().readAllBytes();
      if (call.getRequestMethod().equals("HEAD")) {
        heads.countDown();
        heads.await();
      }
      if (call.getRequestMethod().equals("PUT")) {
        objects.add(key);
      }
      if (call.getRequestMethod().equals("HEAD")) {
        call.getResponseHeaders().set("Content-Length", "3");
      }
      byte[] content = contents.get(key);
      if (content != null && call.getRequestMethod().equals("GET")) {
        call.sendResponseHeaders(200, content.length);
        call.getResponseBody().write(content);
      } else {
        call.sendResponseHeaders(objects.contains(key) ? 200 : 404, -1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void stop() {
    store.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private StoreBlobStep step(ImageReference image, String served) {
    return new StoreBlobStep(store, new StoreCalls(), new Served(served), image);
  }

  private static ImageReference image() {
    return new ImageReference("registry.test", "team/app", "one", null);
  }

  private static Descriptor layer(String content) {
    return descriptor(MediaTypes.OCI_LAYER, content.getBytes(UTF_8));
  }

  private static Descriptor descriptor(String mediaType, byte[] content) {
    return new Descriptor(mediaType, Sha256Digest.of(content), content.length);
  }

  private static String mark(Descriptor blob) {
    return ObjectKeys.served("registry.test", "team/app", blob.digest());
  }

  private static String key(Descriptor blob) {
    return ObjectKeys.blob(blob.digest());
  }

  /** Three blobs and their marks: none is answered before all are asked for. */
  @Test
  void shouldAskForTheNextBlobsAtOnce() throws Exception {
    List<Descriptor> layers = List.of(layer("one"), layer("two"), layer("three"));
    layers.forEach(layer -> objects.addAll(List.of(key(layer), mark(layer))));
    heads = new CountDownLatch(6);

    try (StoreBlobStep step = step(image(), "")) {
      step.lookAhead(layers);
      for (Descriptor layer : layers) {
        step.store(layer);
      }
      step.finish();

      assertThat(step.tally().fetched()).isZero();
    }

    assertThat(calls)
        .containsExactlyInAnyOrderElementsOf(
            layers.stream()
                .flatMap(layer -> List.of("HEAD " + key(layer), "HEAD " + mark(layer)).stream())
                .toList());
  }

  @Test
  void shouldAskOnceForWhatIsNew() throws Exception {
    Descriptor root = descriptor(MediaTypes.OCI_MANIFEST, MANIFEST);
    Descriptor layer = layer("one");

    try (StoreBlobStep step = step(image().withDigest(root.digest()), "one")) {
      assertThat(step.storedRoot()).isEmpty();
      assertThat(step.stored(root)).isEmpty();
      step.store(root, MANIFEST);
      step.store(layer);
      step.finish();
    }

    assertThat(calls)
        .containsExactlyInAnyOrder(
            "HEAD " + key(root),
            "HEAD " + mark(root),
            "PUT " + key(root),
            "PUT " + mark(root),
            "HEAD " + key(layer),
            "HEAD " + mark(layer),
            "PUT " + key(layer),
            "PUT " + mark(layer));
  }

  @Test
  void shouldReadAKnownManifestOnce() throws Exception {
    byte[] content = "abc".getBytes(UTF_8); // as long as the store says of every object
    Descriptor root = descriptor(MediaTypes.OCI_MANIFEST, content);
    objects.addAll(List.of(key(root), mark(root)));
    contents.put(key(root), content);
    contents.put(mark(root), root.mediaType().getBytes(UTF_8));

    try (StoreBlobStep step = step(image().withDigest(root.digest()), "")) {
      assertThat(step.storedRoot()).contains(root);
      assertThat(step.stored(root)).contains(content);
      step.finish();

      assertThat(step.tally()).isEqualTo(new ImageIngested.Blobs(1, 0, 0));
    }

    assertThat(calls)
        .containsExactlyInAnyOrder(
            "HEAD " + key(root), "HEAD " + mark(root), "GET " + key(root), "GET " + mark(root));
  }

  /** The store says nothing about the config before the registry is asked for it. */
  @Test
  @Timeout(30)
  void shouldFetchANewManifestsConfigBesideAskingTheStore() throws Exception {
    Descriptor config = descriptor(MediaTypes.OCI_CONFIG, "{}".getBytes(UTF_8));
    byte[] manifest =
        Json.MAPPER.writeValueAsBytes(
            Map.of(
                "schemaVersion",
                2,
                "mediaType",
                MediaTypes.OCI_MANIFEST,
                "config",
                config,
                "layers",
                List.of()));
    Descriptor root = descriptor(MediaTypes.OCI_MANIFEST, manifest);
    ImageContent source =
        new ImageContent() {
          @Override
          public byte[] manifest(Descriptor descriptor) {
            // The two questions about the config wait for the registry's answer.
            heads = new CountDownLatch(3);
            return manifest;
          }

          @Override
          public InputStream blob(Descriptor descriptor) {
            heads.countDown();
            return new ByteArrayInputStream("{}".getBytes(UTF_8));
          }
        };

    try (StoreBlobStep step = new StoreBlobStep(store, new StoreCalls(), source, image())) {
      StoringContent content = new StoringContent(source, step);
      assertThat(content.manifest(root)).isEqualTo(manifest);
      assertThat(content.blob(config)).hasContent("{}");
      step.finish();
    }

    assertThat(calls).contains("PUT " + key(config), "PUT " + mark(config));
  }

  @Test
  void shouldNoteNothingAsServedThatHasOtherContent() throws Exception {
    Descriptor layer = layer("one");
    Descriptor known = layer("two");
    objects.add(key(known));

    try (StoreBlobStep step = step(image(), "no!")) {
      for (Descriptor wrong : List.of(layer, known)) {
        RejectedException refusal =
            catchThrowableOfType(RejectedException.class, () -> step.store(wrong));
        assertThat(refusal.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
      }
      step.finish();
    }

    assertThat(calls).noneMatch(call -> call.startsWith("PUT"));
  }

  /** A registry that answers every question with the same text. */
  private record Served(String text) implements ImageContent {
    @Override
    public byte[] manifest(Descriptor descriptor) {
      return text.getBytes(UTF_8);
    }

    @Override
    public InputStream blob(Descriptor descriptor) {
      return new ByteArrayInputStream(text.getBytes(UTF_8));
    }
  }
}
