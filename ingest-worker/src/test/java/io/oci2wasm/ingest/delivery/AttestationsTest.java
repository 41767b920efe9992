package io.oci2wasm.ingest.delivery;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.delivery.Attestations.Attestation;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistryPush;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class AttestationsTest {
  private static final Sha256Digest SUBJECT = Sha256Digest.of("subject".getBytes(UTF_8));
  private static final String PATH = "/v2/team/app/manifests/sha256-" + SUBJECT.hex() + ".att";
  private static final String UPLOAD = "/v2/team/app/blobs/uploads/1";
  private static final byte[] STATEMENT = "{\"_type\":\"statement\"}".getBytes(UTF_8);
  private static final String NO_IMAGE = "{\"schemaVersion\":2}";

  /** A layer as another tool attached it. */
  private static final String FOREIGN =
      "{\"mediaType\":\"application/vnd.dsse.envelope.v1+json\",\"digest\":\""
          + Sha256Digest.of("other".getBytes(UTF_8))
          + "\",\"size\":5,\"annotations\":{\"predicateType\":\"https://slsa.dev/provenance/v1\"}}";

  @TempDir private Path directory;
  private final WireMockServer server =
      new WireMockServer(WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());
  private SigningKey key;

  @BeforeEach
  void start() throws Exception {
    key = SigningKey.load(SigningKeyTest.file(directory, SigningKeyTest.pair("EC")));
    server.start();
    server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
    server.stubFor(
        post("/v2/team/app/blobs/uploads/")
            .willReturn(aResponse().withStatus(202).withHeader("Location", UPLOAD)));
    server.stubFor(put(anyUrl()).willReturn(aResponse().withStatus(201)));
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  /** The registry answers so before the first write, and then with what was written. */
  private JsonNode entered(int status, String first) throws Exception {
    server.stubFor(
        get(PATH)
            .inScenario("tag")
            .willReturn(
                aResponse()
                    .withStatus(status)
                    .withHeader("Content-Type", MediaTypes.OCI_MANIFEST)
                    .withBody(first))
            .willSetStateTo("written"));
    List<String> written = new ArrayList<>();
    server.stubFor(
        get(PATH)
            .inScenario("tag")
            .whenScenarioStateIs("written")
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, own())));

    attestations().enter(provenance(), key);

    for (LoggedRequest request : puts(putRequestedFor(urlEqualTo(PATH)))) {
      written.add(request.getBodyAsString());
    }
    assertThat(written).hasSize(1);
    return Json.MAPPER.readTree(written.get(0));
  }

  private static List<Attestation> provenance() {
    return List.of(new Attestation(Attestations.PROVENANCE, () -> STATEMENT));
  }

  private String own() {
    return "{\"layers\":[{\"annotations\":{\"io.oci2wasm.key.id\":\""
        + key.id()
        + "\",\"predicateType\":\"https://slsa.dev/provenance/v1\"}}]}";
  }

  @Test
  void shouldBeginAnImageOfOneEnvelope() throws Exception {
    JsonNode manifest = entered(404, "");

    assertThat(manifest.path("schemaVersion").asInt()).isEqualTo(2);
    assertThat(manifest.path("mediaType").asText()).isEqualTo(MediaTypes.OCI_MANIFEST);
    JsonNode layer = manifest.path("layers").get(0);
    assertThat(manifest.path("layers")).hasSize(1);
    assertThat(layer.path("mediaType").asText()).isEqualTo("application/vnd.dsse.envelope.v1+json");
    JsonNode envelope = Json.MAPPER.readTree(blob(layer));
    assertThat(envelope.path("payloadType").asText()).isEqualTo("application/vnd.in-toto+json");
    assertThat(envelope.path("payload").binaryValue()).isEqualTo(STATEMENT);
    JsonNode config = Json.MAPPER.readTree(blob(manifest.path("config")));
    assertThat(config.path("rootfs").path("diff_ids").get(0)).isEqualTo(layer.path("digest"));
    server.verify(
        putRequestedFor(urlEqualTo(PATH))
            .withHeader("Content-Type", equalTo(MediaTypes.OCI_MANIFEST)));
  }

  /** What was pushed under the digest that {@code descriptor} has. */
  private byte[] blob(JsonNode descriptor) {
    String digest = descriptor.path("digest").asText();
    List<LoggedRequest> found =
        puts(putRequestedFor(urlPathEqualTo(UPLOAD)).withQueryParam("digest", equalTo(digest)));
    assertThat(found).hasSize(1);
    byte[] content = found.get(0).getBody();
    assertThat(content).hasSize(descriptor.path("size").asInt());
    assertThat(Sha256Digest.of(content)).hasToString(digest);
    return content;
  }

  @Test
  void shouldKeepWhatOthersAttached() throws Exception {
    JsonNode manifest =
        entered(
            200,
            "{\"schemaVersion\":2,\"mediaType\":\""
                + MediaTypes.OCI_MANIFEST
                + "\",\"config\":{\"digest\":\"old\"},\"layers\":["
                + FOREIGN
                + "],\"annotations\":{\"x\":\"y\"}}");

    assertThat(manifest.path("layers")).hasSize(2);
    assertThat(manifest.path("layers").get(0)).isEqualTo(Json.MAPPER.readTree(FOREIGN));
    assertThat(manifest.path("annotations").path("x").asText()).isEqualTo("y");
    JsonNode diffIds =
        Json.MAPPER.readTree(blob(manifest.path("config"))).path("rootfs").path("diff_ids");
    assertThat(diffIds)
        .containsExactly(
            manifest.path("layers").get(0).path("digest"),
            manifest.path("layers").get(1).path("digest"));
  }

  @Test
  void shouldNeitherSignNorWriteWhatIsThere() throws Exception {
    server.stubFor(get(PATH).willReturn(okForContentType(MediaTypes.OCI_MANIFEST, own())));

    attestations()
        .enter(
            List.of(
                new Attestation(
                    Attestations.PROVENANCE,
                    () -> {
                      throw new AssertionError("nobody needs it");
                    })),
            key);

    assertThat(puts(putRequestedFor(anyUrl()))).isEmpty();
  }

  @Test
  void shouldEnterSeveralAtOnceAndOnlyThoseThatAreMissing() throws Exception {
    server.stubFor(
        get(PATH)
            .inScenario("tag")
            .willSetStateTo("written")
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, own())));
    server.stubFor(
        get(PATH)
            .inScenario("tag")
            .whenScenarioStateIs("written")
            .willReturn(
                okForContentType(
                    MediaTypes.OCI_MANIFEST,
                    own()
                        .replace(
                            "]}",
                            ","
                                + own()
                                    .replace("{\"layers\":[", "")
                                    .replace(Attestations.PROVENANCE, Attestations.SBOM)))));
    List<Attestation> both = new ArrayList<>(provenance());
    both.add(new Attestation(Attestations.SBOM, () -> "{\"sbom\":1}".getBytes(UTF_8)));

    attestations().enter(both, key);

    List<LoggedRequest> written = puts(putRequestedFor(urlEqualTo(PATH)));
    assertThat(written).hasSize(1);
    JsonNode layers = Json.MAPPER.readTree(written.get(0).getBodyAsString()).path("layers");
    assertThat(layers)
        .extracting(layer -> layer.path("annotations").path("predicateType").asText())
        .containsExactly("https://slsa.dev/provenance/v1", "https://cyclonedx.org/bom");
    assertThat(Json.MAPPER.readTree(blob(layers.get(1))).path("payload").binaryValue())
        .isEqualTo("{\"sbom\":1}".getBytes(UTF_8));
  }

  @Test
  void shouldAttestAgainWithAnotherKey() throws Exception {
    String before = own();
    key = SigningKey.load(SigningKeyTest.file(directory, SigningKeyTest.pair("RSA")));

    JsonNode manifest = entered(200, before);

    assertThat(manifest.path("layers")).hasSize(2);
  }

  @Test
  void shouldLeaveAnIndexUnderThatTagAlone() {
    server.stubFor(get(PATH).willReturn(okForContentType(MediaTypes.OCI_INDEX, NO_IMAGE)));

    assertThatThrownBy(() -> attestations().enter(provenance(), key))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining(SUBJECT.hex() + ".att: found " + MediaTypes.OCI_INDEX)
        .hasMessageContaining("expected an OCI image manifest");

    assertThat(puts(putRequestedFor(anyUrl()))).isEmpty();
  }

  @Test
  void shouldPushNothingWithoutASignature() {
    Signer failing =
        new Signer() {
          @Override
          public String id() {
            return "id";
          }

          @Override
          public byte[] sign(byte[] message) throws SignerException {
            throw new SignerException("the KMS is away", null);
          }
        };

    assertThatThrownBy(() -> attestations().enter(provenance(), failing))
        .isInstanceOf(SignerException.class);

    assertThat(puts(putRequestedFor(anyUrl()))).isEmpty();
  }

  private List<LoggedRequest> puts(RequestPatternBuilder pattern) {
    return server.findAll(pattern);
  }

  private Attestations attestations() {
    String host = "127.0.0.1:" + server.port();
    RegistryClient client =
        new RegistryClient(RegistryAccess.of(null, Set.of(host), CredentialStore.NONE));
    return new Attestations(
        new RegistryPush(client, ImageReference.parse(host + "/team/app:1")), SUBJECT);
  }
}
