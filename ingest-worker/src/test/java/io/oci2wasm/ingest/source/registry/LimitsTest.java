package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static io.oci2wasm.ingest.source.registry.RegistryServers.blobPath;
import static io.oci2wasm.ingest.source.registry.RegistryServers.manifestPath;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.WorkerSeen;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final byte[] CONTENT = new byte[1000];
  private static final Descriptor BLOB =
      new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(CONTENT), CONTENT.length);

  private final RegistryServers servers = new RegistryServers();
  private RegistryClient client = servers.client();

  @AfterEach
  void stopServers() {
    servers.close();
  }

  private RegistrySource image(RegistryLimits limits) {
    servers.registry.stubFor(
        get(blobPath(BLOB.digest())).willReturn(aResponse().withBody(CONTENT)));
    servers.registry.stubFor(
        get(manifestPath("1"))
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, "{\"schemaVersion\":2}")));
    RegistryAccess access =
        new RegistryAccess(
            null,
            Set.of(servers.host()),
            Set.of(),
            CredentialStore.NONE,
            Duration.ofSeconds(5),
            RegistryTimeouts.of(Duration.ofSeconds(5), Duration.ofHours(1)),
            1,
            null,
            RegistryLimits.DEFAULT,
            Map.of(servers.host(), limits));
    client = servers.client(access);
    return RegistrySource.open(servers.tagged("1"), client);
  }

  @Test
  void shouldSendNoMoreRequestsAtATimeThanAllowed() throws Exception {
    // Given
    RegistrySource image = image(new RegistryLimits(2, 0, 0, 0));
    InputStream first = image.blob(BLOB);
    InputStream second = image.blob(BLOB);

    // When
    CompletableFuture<InputStream> third = CompletableFuture.supplyAsync(() -> open(image));

    // Then
    assertThat(third).isNotDone();
    assertThat(servers.registry.getAllServeEvents()).hasSize(2);
    first.close();
    first.close();
    await().until(third::isDone);
    CompletableFuture<InputStream> fourth = CompletableFuture.supplyAsync(() -> open(image));
    assertThat(fourth).isNotDone();
    second.close();
    await().until(fourth::isDone);
    third.join().close();
    fourth.join().close();
  }

  @Test
  void shouldTellWhatIsAskedOfARegistryAndWithinWhichLimits() throws Exception {
    RegistrySource image = image(new RegistryLimits(2, 5, 3_000_000, 1000));
    assertThat(client.seen())
        .containsExactly(
            new WorkerSeen.Registry(servers.host(), 2, 5, 3_000_000, 1000, 0, 0, null));

    InputStream first = image.blob(BLOB);
    InputStream second = image.blob(BLOB);
    CompletableFuture<InputStream> third = CompletableFuture.supplyAsync(() -> open(image));

    await()
        .untilAsserted(
            () ->
                assertThat(client.seen())
                    .containsExactly(
                        new WorkerSeen.Registry(
                            servers.host(), 2, 5, 3_000_000, 1000, 2, 1, null)));
    first.close();
    second.close();
    third.join().close();
    assertThat(client.seen().get(0).requests()).isZero();
    assertThat(client.seen().get(0).waiting()).isZero();
  }

  @Test
  void shouldTellUntilWhenARegistryAskedToWait() {
    RegistrySource image = image(new RegistryLimits(0, 0, 0, 0));
    servers.registry.stubFor(
        get(manifestPath("1"))
            .willReturn(aResponse().withStatus(429).withHeader("Retry-After", "3600")));
    Instant before = Instant.now();

    assertThat(catchRoot(image)).isInstanceOf(UnavailableException.class);

    assertThat(client.seen().get(0).waitUntil())
        .isBetween(before.plusSeconds(3590), before.plusSeconds(3700));
  }

  @Test
  void shouldGiveThePlaceBackAfterFailures() throws Exception {
    RegistrySource image = image(new RegistryLimits(1, 0, 0, 0));
    servers.registry.stubFor(get(manifestPath("1")).willReturn(aResponse().withStatus(503)));

    for (int i = 0; i < 3; i++) {
      assertThat(catchRoot(image)).isNotNull();
    }

    open(image).close();
  }

  private static Throwable catchRoot(RegistrySource image) {
    return catchThrowable(image::root);
  }

  private static InputStream open(RegistrySource image) {
    try {
      return image.blob(BLOB);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldSpreadRequestsOverTime() throws Exception {
    // Given
    RegistrySource image = image(new RegistryLimits(0, 1, 0, 0));

    // When
    open(image).close();
    open(image).close();

    // Then
    assertThat(servers.waits).hasSize(1);
    assertThat(servers.waits.get(0)).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
  }

  @Test
  void shouldSlowBodiesDown() throws Exception {
    // Given
    RegistrySource image = image(new RegistryLimits(0, 0, 10, 0));

    // When
    try (InputStream in = image.blob(BLOB)) {
      in.readNBytes(2000);
    }

    // Then: 1000 bytes at 10 a second are paid for after 100 s; the end of the body waits for that.
    assertThat(servers.waits.stream().mapToLong(Duration::toSeconds).max().orElse(0))
        .isBetween(90L, 100L);
  }
}
