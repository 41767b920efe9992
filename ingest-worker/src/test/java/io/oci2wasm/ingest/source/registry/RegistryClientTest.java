package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static io.oci2wasm.ingest.source.registry.RegistryServers.manifestPath;
import static io.oci2wasm.ingest.source.registry.RegistryServers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.OciDocuments;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryClientTest {
  private static final String MANIFEST = "{\"schemaVersion\":2}";

  private final RegistryServers servers = new RegistryServers();

  @AfterEach
  void stopServers() {
    servers.close();
  }

  @Test
  void shouldFetchManifestByTagWithAllTypesItReads() throws Exception {
    // Given
    servers.registry.stubFor(
        get(manifestPath("1")).willReturn(okForContentType(MediaTypes.OCI_MANIFEST, MANIFEST)));
    RegistrySource source = RegistrySource.open(servers.tagged("1"), servers.client());

    // When
    Descriptor root = source.root();

    // Then
    assertThat(root)
        .isEqualTo(
            new Descriptor(
                MediaTypes.OCI_MANIFEST, Sha256Digest.of(utf8(MANIFEST)), MANIFEST.length()));
    assertThat(source.manifest(root)).isEqualTo(utf8(MANIFEST));
    servers.registry.verify(
        1,
        getRequestedFor(urlEqualTo(manifestPath("1")))
            .withHeader("Accept", containing(MediaTypes.OCI_INDEX))
            .withHeader("Accept", containing(MediaTypes.OCI_MANIFEST))
            .withHeader("Accept", containing(MediaTypes.DOCKER_LIST))
            .withHeader("Accept", containing(MediaTypes.DOCKER_MANIFEST)));
  }

  @Test
  void shouldTakeTheDocumentsOwnTypeWhereTheHeaderSaysNothing() throws Exception {
    // Given
    String document = "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\"}";
    servers.registry.stubFor(
        get(manifestPath("1")).willReturn(okForContentType("application/json", document)));

    // When
    Descriptor root = RegistrySource.open(servers.tagged("1"), servers.client()).root();

    // Then
    assertThat(root.mediaType()).isEqualTo(MediaTypes.OCI_INDEX);
  }

  @Test
  void shouldRejectAWebPage() {
    // Given
    servers.registry.stubFor(
        get(manifestPath("1")).willReturn(okForContentType("text/html", "<html>")));

    // When
    RejectedException e = rejection("1");

    // Then
    assertThat(e.reason()).isEqualTo(Reason.MANIFEST_INVALID);
    assertThat(e)
        .hasMessageContaining("fetching manifest " + servers.tagged("1"))
        .hasMessageContaining("found content of type \"text/html\"")
        .hasMessageContaining("expected a manifest or an index");
  }

  @ParameterizedTest
  @CsvSource({"0, accepted", "1, refused"})
  void shouldRefuseManifestsOver4MiB(int excess, String outcome) {
    // Given
    byte[] large = new byte[OciDocuments.MAX_MANIFEST_BYTES + excess];
    servers.registry.stubFor(
        get(manifestPath("1"))
            .willReturn(
                aResponse().withHeader("Content-Type", MediaTypes.OCI_INDEX).withBody(large)));

    // When
    RejectedException e = rejection("1");

    // Then
    if (outcome.equals("accepted")) {
      assertThat(e).isNull();
    } else {
      assertThat(e.reason()).isEqualTo(Reason.MANIFEST_TOO_LARGE);
    }
  }

  @Test
  void shouldRejectContentThatIsNotWhatItsHeaderClaims() {
    // Given
    Sha256Digest claimed = Sha256Digest.of(utf8("other"));
    servers.registry.stubFor(
        get(manifestPath("1"))
            .willReturn(
                okForContentType(MediaTypes.OCI_MANIFEST, MANIFEST)
                    .withHeader("Docker-Content-Digest", claimed.toString())));

    // When
    RejectedException e = rejection("1");

    // Then
    assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(e).hasMessageContaining("expected " + claimed);
  }

  @Test
  void shouldRejectOtherContentThanTheDigestAskedFor() {
    // Given
    Sha256Digest asked = Sha256Digest.of(utf8("other"));
    servers.registry.stubFor(
        get(manifestPath(asked.toString()))
            .willReturn(
                okForContentType(MediaTypes.OCI_MANIFEST, MANIFEST)
                    .withHeader("Docker-Content-Digest", asked.toString())));
    RegistrySource source =
        RegistrySource.open(servers.tagged("1").withDigest(asked), servers.client());

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, source::root);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @Test
  void shouldRejectConvertedSchema1ByItsOwnReason() {
    // Given
    String type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    servers.registry.stubFor(
        get(manifestPath("1"))
            .willReturn(
                okForContentType(type, "{\"schemaVersion\":1}")
                    .withHeader(
                        "Docker-Content-Digest", Sha256Digest.of(utf8("unsigned")).toString())));
    RegistrySource source = RegistrySource.open(servers.tagged("1"), servers.client());

    // When
    RejectedException e =
        catchThrowableOfType(
            RejectedException.class,
            () -> ImageWalk.walk(source.root(), source, (Platform any) -> true));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.UNSUPPORTED_MEDIA_TYPE);
    assertThat(e).hasMessageContaining("schema 1");
  }

  @ParameterizedTest
  @CsvSource({
    "404, NOT_FOUND",
    "403, UNAUTHORIZED",
    "401, UNAUTHORIZED",
    "400, REGISTRY_UNAVAILABLE"
  })
  void shouldSayWhyTheRegistryRefuses(int status, Reason reason) {
    // Given
    String body = "{\"errors\":[{\"code\":\"SOME_CODE\",\"message\":\"some\\u001b[31m text\"}]}";
    servers.registry.stubFor(
        get(manifestPath("1")).willReturn(aResponse().withStatus(status).withBody(body)));

    // When
    RejectedException e = rejection("1");

    // Then
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e)
        .hasMessageContaining("fetching manifest " + servers.tagged("1"))
        .hasMessageContaining("found HTTP " + status + " (SOME_CODE some?[31m text)");
    assertThat(servers.waits).isEmpty();
  }

  @Test
  void shouldWaitAsLongAsTheRegistryAsks() throws Exception {
    // Given
    servers.registry.stubFor(
        get(manifestPath("1"))
            .inScenario("busy")
            .whenScenarioStateIs(Scenario.STARTED)
            .willReturn(aResponse().withStatus(429).withHeader("Retry-After", "7"))
            .willSetStateTo("ready"));
    servers.registry.stubFor(
        get(manifestPath("1"))
            .inScenario("busy")
            .whenScenarioStateIs("ready")
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, MANIFEST)));

    // When
    Descriptor root = RegistrySource.open(servers.tagged("1"), servers.client()).root();

    // Then
    assertThat(root.size()).isEqualTo(MANIFEST.length());
    assertThat(servers.waits).containsExactly(Duration.ofSeconds(7));
  }

  @Test
  void shouldLeaveARegistryAloneThatAsksForALongTime() {
    // Given
    servers.registry.stubFor(
        get(manifestPath("1"))
            .willReturn(aResponse().withStatus(429).withHeader("Retry-After", "3600")));

    // When
    UnavailableException e = unavailability("1");

    // Then
    assertThat(e.retryAfter()).isEqualTo(Duration.ofHours(1));
    assertThat(servers.waits).isEmpty();
    servers.registry.verify(1, getRequestedFor(urlEqualTo(manifestPath("1"))));
  }

  @Test
  void shouldGiveUpAfterAsManyAttemptsAsConfiguredWaitingLongerEachTime() {
    // Given
    servers.registry.stubFor(get(manifestPath("1")).willReturn(aResponse().withStatus(503)));

    // When
    UnavailableException e = unavailability("1");

    // Then
    assertThat(e).hasMessageContaining("found HTTP 503 after 3 attempts");
    servers.registry.verify(3, getRequestedFor(urlEqualTo(manifestPath("1"))));
    assertThat(servers.waits).hasSize(2);
    assertThat(servers.waits.get(0)).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
    assertThat(servers.waits.get(1)).isBetween(Duration.ofMillis(500), Duration.ofMillis(1000));
  }

  @Test
  void shouldNotContactARegistryThatIsNotAllowed() {
    // Given
    RegistryAccess access =
        RegistryServers.access(
            Set.of("registry.example"), Set.of(), Set.of(), CredentialStore.NONE);
    RegistrySource source = RegistrySource.open(servers.tagged("1"), servers.client(access));

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, source::root);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e).hasMessageContaining(servers.host());
    assertThat(servers.registry.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldNotFallBackToPlainHttp() {
    // Given
    RegistrySource source =
        RegistrySource.open(
            servers.tagged("1"),
            servers.client(RegistryServers.access(Set.of(), CredentialStore.NONE)));

    // When
    UnavailableException e = catchThrowableOfType(UnavailableException.class, source::root);

    // Then
    assertThat(e)
        .hasMessageContaining("found an answer that is not TLS after 1 attempt,")
        .hasMessageContaining("must be named: --insecure-registry " + servers.host());
    assertThat(servers.registry.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldReachDockerHubUnderItsOtherName() {
    // Given
    RegistryAccess access = RegistryServers.access(Set.of(), CredentialStore.NONE);
    ImageReference image = ImageReference.parse("docker.io/alpine:3");

    // When
    RegistryHost host = RegistryHost.of(image.registry(), access);

    // Then
    assertThat(host.manifest(image.repository(), image.reference()))
        .hasToString("https://registry-1.docker.io/v2/library/alpine/manifests/3");
  }

  private RejectedException rejection(String tag) {
    RegistrySource source = RegistrySource.open(servers.tagged(tag), servers.client());
    return catchThrowableOfType(RejectedException.class, source::root);
  }

  private UnavailableException unavailability(String tag) {
    RegistrySource source = RegistrySource.open(servers.tagged(tag), servers.client());
    return catchThrowableOfType(UnavailableException.class, source::root);
  }
}
