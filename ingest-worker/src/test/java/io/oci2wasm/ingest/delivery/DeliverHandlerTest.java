package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleDelivered;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import io.oci2wasm.runtime.work.Outcome;
import io.oci2wasm.testsupport.TestPem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One bundle, a registry over HTTP, and the operator's signer: a program that is away at times. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class DeliverHandlerTest {
  private static final String CONVERSION = "c".repeat(64);
  private static final byte[] MODULE = "\0asm module".getBytes(UTF_8);
  private static final byte[] IMAGE = "{\"schemaVersion\": 2}".getBytes(UTF_8);
  private static final Sha256Digest DIGEST = Sha256Digest.of(IMAGE);
  private static final String MANIFESTS = "/v2/team/app/manifests/";

  @TempDir private Path directory;
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private FakeHost host;
  private HttpServer server;
  private ObjectStore store;
  private KeyPair keys;

  @BeforeEach
  void start() throws Exception {
    keys = SigningKeyTest.pair("EC");
    host = new FakeHost();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", host);
    server.start();
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    store =
        ObjectStore.open(StoreConfig.DEFAULT.at(URI.create("http://" + address()), secret, secret));
    host.has(MANIFESTS + DIGEST, MediaTypes.OCI_MANIFEST, IMAGE);
    String bucket = "/" + StoreConfig.DEFAULT.bucket() + "/";
    host.has(
        bucket + ObjectKeys.bundleDescription(CONVERSION),
        "application/json",
        ("{\"platform\":\"linux/riscv64\",\"engine\":{\"version\":\"1\"},\"bundle\":{\"digest\":\""
                + Sha256Digest.of(MODULE)
                + "\",\"size\":"
                + MODULE.length
                + "}}")
            .getBytes(UTF_8));
    host.has(bucket + ObjectKeys.bundleModule(CONVERSION), "application/wasm", MODULE);
    host.has(
        bucket + ObjectKeys.bundleProvenance(CONVERSION),
        "application/json",
        ("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[],"
                + "\"predicateType\":\"https://slsa.dev/provenance/v1\",\"predicate\":{}}")
            .getBytes(UTF_8));
  }

  @AfterEach
  void stop() {
    store.close();
    server.stop(0);
  }

  private String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private BundleBuilt built() {
    ImageReference image = new ImageReference(address(), "team/app", "1", DIGEST);
    return new BundleBuilt(
        RequestIds.of("test", "r.example", "1"),
        Lane.PUSH,
        CONVERSION,
        image,
        Platform.parse("linux/riscv64"),
        DIGEST,
        false,
        new BundleBuilt.StoredBundle("key", Sha256Digest.of(MODULE), MODULE.length),
        null,
        new BundleBuilt.Layers(1, 1),
        7);
  }

  private DeliverHandler handler(@Nullable Signer signer) {
    RegistryClient registries =
        new RegistryClient(RegistryAccess.of(null, Set.of(address()), CredentialStore.NONE));
    return new DeliverHandler(new DeliverBundleStep(registries, store, signer, null), metrics);
  }

  /**
   * The operator's program: it signs as long as the file is not there that stands for an outage.
   */
  private Signer program(Path outage) throws IOException {
    Path publicKey =
        Files.writeString(
            directory.resolve("signing.pub"),
            TestPem.block("PUBLIC KEY", keys.getPublic().getEncoded()));
    Path privateKey =
        Files.writeString(
            directory.resolve("private.pem"),
            TestPem.block("PRIVATE KEY", keys.getPrivate().getEncoded()));
    String script =
        "test ! -e \"$1\" || exit 69; openssl dgst -sha256 -sign \"$2\" | openssl base64";
    return CommandSigner.of(
        new SignerConfig(
            List.of("/bin/sh", "-c", script, "sh", outage.toString(), privateKey.toString()),
            publicKey,
            Duration.ofSeconds(60)));
  }

  @Test
  void shouldPushNothingWhileTheSignerIsAwayAndAllOfItAfterwards() throws Exception {
    CommandSignerTest.assumeOpenssl();
    Path outage = Files.createFile(directory.resolve("outage"));
    DeliverHandler handler = handler(program(outage));

    Outcome first = handler.handle(built());
    Outcome second = handler.handle(built());
    List<String> meanwhile = List.copyOf(host.written());
    Files.delete(outage);
    Outcome third = handler.handle(built());

    assertThat(List.of(first, second))
        .allSatisfy(
            outcome ->
                assertThat(outcome)
                    .isInstanceOfSatisfying(
                        Outcome.Retry.class,
                        retry -> {
                          assertThat(retry.reason()).isEqualTo(Reason.SIGNER_UNAVAILABLE);
                          assertThat(retry.message())
                              .contains("/bin/sh", "found exit code 69", "expected a signature")
                              .doesNotContain("private.pem");
                        }));
    assertThat(meanwhile).as("what was pushed without a signature").isEmpty();
    BundleDelivered delivered = delivered(third);
    assertThat(delivered.signed()).isTrue();
    String manifest = MANIFESTS + delivered.delivered().digest();
    String attestations =
        MANIFESTS + String.valueOf(delivered.delivered().digest()).replace(':', '-') + ".att";
    // Whoever sees the bundle sees what is said of it, too.
    assertThat(host.written()).containsSubsequence("PUT " + attestations, "PUT " + manifest);
    JsonNode layer = Json.MAPPER.readTree(host.content(attestations)).path("layers").get(0);
    assertThat(layer.path("annotations").path("predicateType").asText())
        .isEqualTo("https://slsa.dev/provenance/v1");
    assertThat(metrics.get("oci2wasm.deliveries").tag("result", "pushed").counter().count())
        .isEqualTo(1);
  }

  private static BundleDelivered delivered(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThat(((Outcome.Done) outcome).events()).hasSize(1);
    return (BundleDelivered) ((Outcome.Done) outcome).events().get(0);
  }

  @Test
  void shouldTellWhereAnUnsignedBundleIsWhetherItIsPushedOrFound() {
    DeliverHandler handler = handler(null);

    BundleDelivered pushed = delivered(handler.handle(built()));
    int writes = host.written().size();
    BundleDelivered found = delivered(handler.handle(built()));

    assertThat(pushed.signed()).isFalse();
    assertThat(pushed.delivered().registry()).isEqualTo(address());
    assertThat(pushed.delivered().repository()).isEqualTo("team/app");
    assertThat(pushed.delivered().tag()).as("none was asked for").isNull();
    assertThat(host.content(MANIFESTS + pushed.delivered().digest()))
        .satisfies(
            bytes -> assertThat(Sha256Digest.of(bytes)).isEqualTo(pushed.delivered().digest()));
    assertThat(pushed.conversionId()).isEqualTo(CONVERSION);
    assertThat(found).isEqualTo(pushed);
    assertThat(host.written()).hasSize(writes);
  }

  @Test
  void shouldTellOfNothingWhereTheImageIsGone() {
    host.lacks(MANIFESTS + DIGEST);

    Outcome outcome = handler(null).handle(built());

    assertThat(outcome).isEqualTo(new Outcome.Done(List.of()));
    assertThat(host.written()).isEmpty();
  }
}
