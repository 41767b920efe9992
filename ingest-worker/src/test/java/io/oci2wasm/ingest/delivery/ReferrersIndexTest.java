package io.oci2wasm.ingest.delivery;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReferrersIndexTest {
  private static final Descriptor SUBJECT =
      new Descriptor(MediaTypes.OCI_MANIFEST, Sha256Digest.of("subject".getBytes(UTF_8)), 7);
  private static final WasmArtifact ARTIFACT = artifact("conversion");
  private static final String PATH = "/v2/team/app/manifests/sha256-" + SUBJECT.digest().hex();

  /** As another tool wrote it, with members that we do not know. */
  private static final String FOREIGN =
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
          + "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\""
          + Sha256Digest.of("other".getBytes(UTF_8))
          + "\",\"size\":5,\"artifactType\":\"application/spdx+json\",\"x\":1}],\"y\":{\"z\":2}}";

  private final WireMockServer server =
      new WireMockServer(WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());

  private static WasmArtifact artifact(String conversion) {
    return WasmArtifact.image(
        SUBJECT,
        new Descriptor(MediaTypes.WASM_LAYER, Sha256Digest.of("module".getBytes(UTF_8)), 6),
        Map.of("io.oci2wasm.conversion.id", conversion));
  }

  @BeforeEach
  void startServer() {
    server.start();
    server.stubFor(put(anyUrl()).willReturn(aResponse().withStatus(201)));
  }

  @AfterEach
  void stopServer() {
    server.stop();
  }

  @Test
  void shouldBeginAnIndexWithTheArtifact() throws Exception {
    server.stubFor(
        get(PATH).inScenario("new").willReturn(aResponse().withStatus(404)).willSetStateTo("read"));
    server.stubFor(
        get(PATH).inScenario("new").whenScenarioStateIs("read").willReturn(index(written())));

    index().enter(ARTIFACT);

    List<JsonNode> put = stored();
    assertThat(put).hasSize(1);
    assertThat(put.get(0)).isEqualTo(Json.MAPPER.readTree(written()));
    server.verify(
        putRequestedFor(urlEqualTo(PATH))
            .withHeader("Content-Type", equalTo(MediaTypes.OCI_INDEX)));
  }

  @Test
  void shouldKeepWhatOthersEnteredAndEnterAgainWhatTheyOverwrote() throws Exception {
    server.stubFor(
        get(PATH).inScenario("race").willReturn(index(FOREIGN)).willSetStateTo("overwritten"));
    server.stubFor(
        get(PATH)
            .inScenario("race")
            .whenScenarioStateIs("overwritten")
            .willReturn(index(FOREIGN))
            .willSetStateTo("kept"));
    server.stubFor(
        get(PATH).inScenario("race").whenScenarioStateIs("kept").willReturn(index(written())));

    index().enter(ARTIFACT);

    assertThat(stored())
        .hasSize(2)
        .allSatisfy(
            document -> {
              JsonNode foreign = Json.MAPPER.readTree(FOREIGN);
              assertThat(document.path("y")).isEqualTo(foreign.path("y"));
              assertThat(document.path("manifests")).hasSize(2);
              assertThat(document.path("manifests").get(0))
                  .isEqualTo(foreign.path("manifests").get(0));
              assertThat(document.path("manifests").get(1).path("digest").asText())
                  .isEqualTo(ARTIFACT.manifest().descriptor().digest().toString());
            });
  }

  @Test
  void shouldNotWriteWhatIsThere() throws Exception {
    server.stubFor(get(PATH).willReturn(index(written())));

    index().enter(ARTIFACT);

    assertThat(stored()).isEmpty();
  }

  @Test
  void shouldLeaveAnImageUnderThatTagAlone() {
    server.stubFor(
        get(PATH).willReturn(okForContentType(MediaTypes.OCI_MANIFEST, "{\"schemaVersion\":2}")));

    RejectedException e =
        catchThrowableOfType(RejectedException.class, () -> index().enter(ARTIFACT));

    assertThat(e.reason()).isEqualTo(Reason.PUSH_REFUSED);
    assertThat(e)
        .hasMessageContaining("sha256-" + SUBJECT.digest().hex())
        .hasMessageContaining("found " + MediaTypes.OCI_MANIFEST)
        .hasMessageContaining("expected an OCI index");
    assertThat(stored()).isEmpty();
  }

  @Test
  void shouldComeBackLaterWhenOthersWinAllTheTime() {
    server.stubFor(get(PATH).willReturn(index(FOREIGN)));

    UnavailableException e =
        catchThrowableOfType(UnavailableException.class, () -> index().enter(ARTIFACT));

    assertThat(e).hasMessageContaining("others change it all the time");
  }

  @Test
  void shouldMakeOneArtifactOfOneBundleAndAnotherOfAnother() {
    assertThat(artifact("conversion").manifest().bytes()).isEqualTo(ARTIFACT.manifest().bytes());
    assertThat(artifact("other").manifest().bytes()).isNotEqualTo(ARTIFACT.manifest().bytes());
  }

  private static ResponseDefinitionBuilder index(String body) {
    return okForContentType(MediaTypes.OCI_INDEX, body);
  }

  private static String written() {
    Descriptor manifest = ARTIFACT.manifest().descriptor();
    return "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
        + "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\""
        + manifest.digest()
        + "\",\"size\":"
        + manifest.size()
        + ",\"artifactType\":\"application/vnd.wasm.config.v0+json\","
        + "\"annotations\":{\"io.oci2wasm.conversion.id\":\"conversion\"}}]}";
  }

  private List<JsonNode> stored() {
    return server.findAll(putRequestedFor(urlEqualTo(PATH))).stream()
        .map(
            request -> {
              try {
                return Json.MAPPER.readTree(request.getBodyAsString());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .toList();
  }

  private ReferrersIndex index() {
    String host = "127.0.0.1:" + server.port();
    RegistryClient client =
        new RegistryClient(RegistryAccess.of(null, Set.of(host), CredentialStore.NONE));
    return new ReferrersIndex(
        new RegistryPush(client, ImageReference.parse(host + "/team/app:1")), SUBJECT.digest());
  }
}
