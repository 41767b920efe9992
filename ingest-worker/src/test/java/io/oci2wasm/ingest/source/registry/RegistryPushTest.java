package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static io.oci2wasm.ingest.source.registry.RegistryServers.blobPath;
import static io.oci2wasm.ingest.source.registry.RegistryServers.manifestPath;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryPushTest {
  private static final byte[] CONTENT = RegistryServers.utf8("a module".repeat(1000));
  private static final Descriptor BLOB =
      new Descriptor(MediaTypes.WASM_LAYER, Sha256Digest.of(CONTENT), CONTENT.length);
  private static final Document MANIFEST =
      Document.of(MediaTypes.OCI_MANIFEST, RegistryServers.utf8("{\"schemaVersion\":2}"));
  private static final String UPLOADS = "/v2/team/app/blobs/uploads/";
  private static final String UPLOAD = UPLOADS + "7?_state=abc";
  private static final String UPLOAD_ENDS = UPLOAD + "&digest=" + BLOB.digest();

  private final RegistryServers servers = new RegistryServers();

  @AfterEach
  void stopServers() {
    servers.close();
  }

  @Test
  void shouldSendABlobThatIsMissingAndNoOther() throws Exception {
    // Given
    begins(UPLOAD);
    servers.registry.stubFor(put(UPLOAD_ENDS).willReturn(aResponse().withStatus(201)));
    RegistryPush push = push(Set.of(servers.host()));

    // When
    push.blob(BLOB, RegistryPushTest::content);
    servers.registry.stubFor(head(urlEqualTo(blobPath(BLOB.digest()))).willReturn(aResponse()));
    push.blob(BLOB, RegistryPushTest::content);

    // Then
    servers.registry.verify(
        1,
        putRequestedFor(urlEqualTo(UPLOAD_ENDS))
            .withHeader("Content-Length", equalTo(Integer.toString(CONTENT.length)))
            .withHeader("Content-Type", equalTo("application/octet-stream"))
            .withRequestBody(
                com.github.tomakehurst.wiremock.client.WireMock.binaryEqualTo(CONTENT)));
    servers.registry.verify(1, postRequestedFor(urlEqualTo(UPLOADS)));
  }

  @Test
  void shouldAskForLeaveToPushAndPresentItOnEveryRequest() throws Exception {
    // Given
    begins(UPLOAD);
    servers.registry.stubFor(put(UPLOAD_ENDS).willReturn(aResponse().withStatus(201)));
    servers.registry.stubFor(
        any(anyUrl())
            .atPriority(1)
            .withHeader("Authorization", absent())
            .willReturn(
                aResponse()
                    .withStatus(401)
                    .withHeader(
                        "WWW-Authenticate",
                        "Bearer realm=\"http://" + servers.host() + "/token\"")));
    servers.registry.stubFor(
        get(urlPathEqualTo("/token")).atPriority(1).willReturn(okJson("{\"token\":\"t0ken\"}")));
    RegistryPush push =
        push(
            RegistryServers.access(
                Set.of(servers.host()), host -> Optional.of(new Password("bot", "s3cret"))));

    // When
    push.blob(BLOB, RegistryPushTest::content);

    // Then
    servers.registry.verify(
        1,
        getRequestedFor(urlPathEqualTo("/token"))
            .withQueryParam("scope", equalTo("repository:team/app:pull,push")));
    servers.registry.verify(
        1,
        putRequestedFor(urlEqualTo(UPLOAD_ENDS))
            .withHeader("Authorization", equalTo("Bearer t0ken")));
  }

  @Test
  void shouldSendToOthersAfterAnErrorThatClosedTheConnections() throws Exception {
    // Given
    begins(UPLOAD);
    servers.registry.stubFor(put(UPLOAD_ENDS).willReturn(aResponse().withStatus(201)));
    RegistryPush push = push(Set.of(servers.host()));
    InputStream exhausting =
        new InputStream() {
          @Override
          public int read() {
            throw new OutOfMemoryError("made up");
          }

          @Override
          public int read(byte[] bytes, int offset, int length) {
            return read();
          }
        };
    Throwable e = catchThrowable(() -> push.blob(BLOB, () -> exhausting));

    // When
    push.blob(BLOB, RegistryPushTest::content);

    // Then
    assertThat(e).isInstanceOf(OutOfMemoryError.class);
    servers.registry.verify(1, putRequestedFor(urlEqualTo(UPLOAD_ENDS)));
  }

  @Test
  void shouldNotSendABlobToAHostThatNobodyNamed() {
    // Given
    begins("http://" + servers.otherHost() + UPLOAD);
    servers.other.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(201)));

    // When
    RejectedException e =
        catchThrowableOfType(
            RejectedException.class,
            () -> push(Set.of(servers.host())).blob(BLOB, RegistryPushTest::content));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e).hasMessageContaining(servers.otherHost());
    assertThat(servers.other.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldSendABlobToANamedHostWithoutCredentials() throws Exception {
    // Given
    servers.registry.stubFor(
        any(anyUrl())
            .atPriority(1)
            .withHeader("Authorization", absent())
            .willReturn(
                aResponse().withStatus(401).withHeader("WWW-Authenticate", "Basic realm=\"r\"")));
    begins("http://" + servers.otherHost() + UPLOAD);
    servers.other.stubFor(put(UPLOAD_ENDS).willReturn(aResponse().withStatus(201)));
    RegistryPush push =
        push(
            RegistryServers.access(
                Set.of(servers.host(), servers.otherHost()),
                host -> Optional.of(new Password("bot", "s3cret"))));

    // When
    push.blob(BLOB, RegistryPushTest::content);

    // Then
    servers.other.verify(
        1, putRequestedFor(urlEqualTo(UPLOAD_ENDS)).withHeader("Authorization", absent()));
  }

  @ParameterizedTest
  @CsvSource({
    "400, PUSH_REFUSED, takes OCI artifacts",
    "401, UNAUTHORIZED, an account that may push",
    "403, UNAUTHORIZED, an account that may push",
    "404, NOT_FOUND, check that it exists",
    "405, PUSH_REFUSED, mirrors and read-only registries",
    "413, BUNDLE_TOO_LARGE, raise the limit",
    "307, PUSH_REFUSED, HTTP 307",
  })
  void shouldSayWhyARegistryRefuses(int status, Reason reason, String advice) {
    // Given
    servers.registry.stubFor(
        put(manifestPath(MANIFEST.descriptor().digest().toString()))
            .willReturn(
                aResponse()
                    .withStatus(status)
                    .withHeader("Location", "http://" + servers.otherHost() + "/")
                    .withBody("{\"errors\":[{\"code\":\"WHY\",\"message\":\"because\"}]}")));

    // When
    RejectedException e =
        catchThrowableOfType(
            RejectedException.class,
            () -> push(Set.of(servers.host(), servers.otherHost())).manifest(MANIFEST, null));

    // Then
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e)
        .hasMessageContaining("pushing manifest " + MANIFEST.descriptor().digest())
        .hasMessageContaining(servers.host() + "/team/app")
        .hasMessageContaining("HTTP " + status + " (WHY because)")
        .hasMessageContaining(advice);
    assertThat(servers.other.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldBeginAnUploadThatBrokeAnewNextTime() throws Exception {
    // Given
    begins(UPLOAD);
    servers.registry.stubFor(put(UPLOAD_ENDS).willReturn(aResponse().withStatus(503)));
    RegistryPush push = push(Set.of(servers.host()));

    // When
    UnavailableException e =
        catchThrowableOfType(
            UnavailableException.class, () -> push.blob(BLOB, RegistryPushTest::content));
    begins(UPLOADS + "8");
    servers.registry.stubFor(
        put(UPLOADS + "8?digest=" + BLOB.digest()).willReturn(aResponse().withStatus(201)));
    push.blob(BLOB, RegistryPushTest::content);

    // Then
    assertThat(e).hasMessageContaining("HTTP 503 after 1 attempt");
    servers.registry.verify(1, putRequestedFor(urlEqualTo(UPLOAD_ENDS)));
    servers.registry.verify(1, putRequestedFor(urlEqualTo(UPLOADS + "8?digest=" + BLOB.digest())));
  }

  @Test
  void shouldTellWhetherTheRegistryListsReferrersItself() throws Exception {
    // Given
    answersManifest(aResponse().withStatus(201).withHeader("OCI-Subject", "sha256:x"));
    RegistryPush push = push(Set.of(servers.host()));

    // When
    boolean listed = push.manifest(MANIFEST, null);
    answersManifest(aResponse().withStatus(201));
    boolean unlisted = push.manifest(MANIFEST, null);

    // Then
    assertThat(listed).isTrue();
    assertThat(unlisted).isFalse();
    servers.registry.verify(
        2,
        putRequestedFor(urlEqualTo(manifestPath(MANIFEST.descriptor().digest().toString())))
            .withHeader("Content-Type", equalTo(MediaTypes.OCI_MANIFEST)));
  }

  @Test
  void shouldNotTrustARegistryThatChangesAManifest() {
    // Given
    answersManifest(
        aResponse().withStatus(201).withHeader("Docker-Content-Digest", BLOB.digest().toString()));

    // When
    RejectedException e =
        catchThrowableOfType(
            RejectedException.class, () -> push(Set.of(servers.host())).manifest(MANIFEST, null));

    // Then
    assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(e).hasMessageContaining("found it stored as " + BLOB.digest());
  }

  @Test
  void shouldWaitForContentThatMovesHoweverLongItTakes() throws Exception {
    // Given
    begins(UPLOAD);
    servers.registry.stubFor(put(UPLOAD_ENDS).willReturn(aResponse().withStatus(201)));
    RegistryPush push = push(impatient());

    // When
    push.blob(BLOB, SlowStream::new);

    // Then
    servers.registry.verify(1, putRequestedFor(urlEqualTo(UPLOAD_ENDS)));
  }

  @Test
  void shouldGiveUpOnARegistryThatFallsSilent() {
    // Given
    begins(UPLOAD);
    servers.registry.stubFor(
        put(UPLOAD_ENDS).willReturn(aResponse().withStatus(201).withFixedDelay(20_000)));

    // When
    UnavailableException e =
        catchThrowableOfType(
            UnavailableException.class,
            () -> push(impatient()).blob(BLOB, RegistryPushTest::content));

    // Then
    // Two clocks run, and on a busy machine either may be the first.
    assertThat(e).hasMessageMatching(".*found no answer (in time|for [0-9.]+ s).*");
  }

  /** Comes in pieces, over a longer time than an answer may take. */
  private static final class SlowStream extends ByteArrayInputStream {
    private static final int PIECE = CONTENT.length / 8;

    SlowStream() {
      super(CONTENT);
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      try {
        Thread.sleep(300);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return super.read(target, offset, Math.min(length, PIECE));
    }
  }

  private RegistryAccess impatient() {
    return new RegistryAccess(
        null,
        Set.of(servers.host()),
        Set.of(),
        CredentialStore.NONE,
        Duration.ofSeconds(5),
        RegistryTimeouts.of(Duration.ofMillis(1200), Duration.ofHours(1)),
        1,
        null,
        RegistryLimits.DEFAULT,
        Map.of());
  }

  private static InputStream content() {
    return new ByteArrayInputStream(CONTENT);
  }

  private RegistryPush push(Set<String> insecure) {
    return push(RegistryServers.access(insecure, CredentialStore.NONE));
  }

  private RegistryPush push(RegistryAccess access) {
    return new RegistryPush(servers.client(access), servers.tagged("1"));
  }

  private void begins(String location) {
    servers.registry.stubFor(
        head(urlEqualTo(blobPath(BLOB.digest()))).willReturn(aResponse().withStatus(404)));
    servers.registry.stubFor(
        post(UPLOADS).willReturn(aResponse().withStatus(202).withHeader("Location", location)));
  }

  private void answersManifest(ResponseDefinitionBuilder answer) {
    servers.registry.stubFor(
        put(manifestPath(MANIFEST.descriptor().digest().toString())).willReturn(answer));
  }
}
