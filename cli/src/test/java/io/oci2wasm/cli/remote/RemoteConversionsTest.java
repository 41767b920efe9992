package io.oci2wasm.cli.remote;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteConversionsTest {
  private static final String REQUEST = "0123456789abcdef0123456789abcdef";

  private final WireMockServer server =
      new WireMockServer(WireMockConfiguration.options().dynamicPort().bindAddress("127.0.0.1"));

  @TempDir Path folder;

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  private RemoteConversions conversions() {
    return new RemoteConversions(
        new GatewayClient(URI.create("http://127.0.0.1:" + server.port()), null, null));
  }

  @Test
  void shouldWaitUntilTheGatewayKnowsTheRequestAndItHasEnded() throws Exception {
    server.stubFor(
        post("/api/v1/conversions").willReturn(okJson("{\"requestId\":\"" + REQUEST + "\"}")));
    answer(Scenario.STARTED, "known", 404, "{\"detail\":\"request: found none\"}");
    answer("known", "ended", 200, "{\"ended\":false}");
    answer("ended", "ended", 200, "{\"ended\":true,\"conversions\":[{\"state\":\"built\"}]}");

    List<JsonNode> found =
        conversions().convert("r.example/app:1", List.of(Platform.parse("linux/amd64")));

    assertThat(found).singleElement().hasToString("{\"state\":\"built\"}");
    server.verify(
        1,
        postRequestedFor(urlEqualTo("/api/v1/conversions"))
            .withRequestBody(
                equalToJson("{\"image\":\"r.example/app:1\",\"platforms\":[\"linux/amd64\"]}")));
  }

  @Test
  void shouldNotWaitForARequestWithoutAnId() {
    server.stubFor(post("/api/v1/conversions").willReturn(okJson("{}")));

    assertThatThrownBy(() -> conversions().convert("r.example/app:1", List.of()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("found no requestId");
  }

  private void answer(String state, String next, int status, String body) {
    server.stubFor(
        get("/api/v1/requests/" + REQUEST)
            .inScenario("request")
            .whenScenarioStateIs(state)
            .willReturn(aResponse().withStatus(status).withBody(body))
            .willSetStateTo(next));
  }

  @Test
  void shouldWriteABundleWhole() throws Exception {
    server.stubFor(get("/api/v1/bundles/abc").willReturn(aResponse().withBody("bundle")));
    Path file = folder.resolve("app.wasm");

    Sha256Digest digest = conversions().download(built(Sha256Digest.of(bytes("bundle"))), file);

    assertThat(file).hasContent("bundle");
    assertThat(digest).isEqualTo(Sha256Digest.of(bytes("bundle")));
    assertThat(folder)
        .isDirectoryContaining("glob:**/app.wasm")
        .isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void shouldLeaveNothingOfABundleWithOtherBytes() throws Exception {
    server.stubFor(get("/api/v1/bundles/abc").willReturn(aResponse().withBody("damaged")));
    JsonNode conversion = built(Sha256Digest.of(bytes("bundle")));

    assertThatThrownBy(() -> conversions().download(conversion, folder.resolve("app.wasm")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bundle abc: found sha256:");
    assertThat(folder).isEmptyDirectory();
  }

  /** The gateway knows the module's digest once it has sent all of it. */
  @ParameterizedTest
  @ValueSource(strings = {"bundle", "damaged"})
  void shouldCheckABundleByWhatTheGatewayFound(String sent) throws Exception {
    server.stubFor(get("/api/v1/bundles/abc").willReturn(aResponse().withBody(sent)));
    server.stubFor(
        get("/api/v1/bundles/abc/provenance/module")
            .willReturn(
                aResponse()
                    .withBody(
                        "{\"subject\":[{\"digest\":{\"sha256\":\""
                            + Sha256Digest.of(bytes("bundle")).hex()
                            + "\"}}]}")));
    JsonNode conversion =
        Json.MAPPER.readTree("{\"id\":\"x\",\"conversionId\":\"abc\",\"bundle\":{\"size\":6}}");
    Path file = folder.resolve("app.wasm");

    if (sent.equals("bundle")) {
      assertThat(conversions().download(conversion, file))
          .isEqualTo(Sha256Digest.of(bytes("bundle")));
      assertThat(file).hasContent("bundle");
    } else {
      assertThatThrownBy(() -> conversions().download(conversion, file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("bundle abc: found sha256:");
      assertThat(folder).isEmptyDirectory();
    }
  }

  private void stub(String path, String body) {
    server.stubFor(get("/api/v1/bundles/abc" + path).willReturn(aResponse().withBody(body)));
  }

  private static String statement(String content) {
    return "{\"subject\":[{\"digest\":{\"sha256\":\""
        + Sha256Digest.of(bytes(content)).hex()
        + "\"}}]}";
  }

  private static JsonNode split(String dataName) throws IOException {
    return Json.MAPPER.readTree(
        "{\"id\":\"x\",\"conversionId\":\"abc\",\"recipe\":{\"digest\":\"sha256:r\",\"size\":1},"
            + "\"bundle\":{\"size\":6,\"data\":{\"file\":\""
            + dataName
            + "\",\"size\":4}}}");
  }

  @Test
  void shouldWriteBothFilesOfASplitBundle() throws Exception {
    stub("", "bundle");
    stub("/provenance/module", statement("bundle"));
    stub("/data?recipe=sha256:r", "data");
    stub("/provenance/data", statement("data"));
    Path file = folder.resolve("app.wasm");

    Sha256Digest digest = conversions().download(split("bundle-abc.data"), file);

    assertThat(digest).isEqualTo(Sha256Digest.of(bytes("bundle")));
    assertThat(file).hasContent("bundle");
    assertThat(folder.resolve("bundle-abc.data")).hasContent("data");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void shouldLeaveNothingOfASplitBundleWithOtherData() throws Exception {
    stub("", "bundle");
    stub("/provenance/module", statement("bundle"));
    stub("/data?recipe=sha256:r", "damaged");
    stub("/provenance/data", statement("data"));

    assertThatThrownBy(
            () -> conversions().download(split("bundle-abc.data"), folder.resolve("app.wasm")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bundle abc: found " + Sha256Digest.of(bytes("damaged")));
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../other.data", "a/b.data", "..", ".bashrc", "app.wasm", ""})
  void shouldWriteTheDataFileToNoOtherPlace(String name) throws Exception {
    assertThatThrownBy(() -> conversions().download(split(name), folder.resolve("app.wasm")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found \"" + name + "\" as the name of its data file");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void shouldNotWriteTheModuleOverItsDataFile() throws Exception {
    assertThatThrownBy(
            () -> conversions().download(split("same.data"), folder.resolve("same.data")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found the name of the data file");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void shouldNotReplaceAFolder() throws Exception {
    JsonNode conversion = built(Sha256Digest.of(bytes("bundle")));

    assertThatThrownBy(() -> conversions().download(conversion, folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found a folder");
    assertThat(server.getAllServeEvents()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "%", "../requests/x"})
  void shouldAskForNothingThatIsNoId(String id) {
    assertThatThrownBy(() -> conversions().get(id))
        .isInstanceOf(RefusedCallException.class)
        .hasMessageContaining("conversion \"" + id + "\": found no id");
    assertThat(server.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldSayThatThereIsNoBundle() throws Exception {
    JsonNode conversion = Json.MAPPER.readTree("{\"id\":\"x\",\"state\":\"failed\"}");

    assertThatThrownBy(() -> conversions().download(conversion, folder.resolve("app.wasm")))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("conversion x: found it failed, expected it built");
    assertThat(server.getAllServeEvents()).isEmpty();
  }

  private static JsonNode built(Sha256Digest digest) throws Exception {
    return Json.MAPPER.readTree(
        "{\"id\":\"x\",\"conversionId\":\"abc\",\"bundle\":{\"digest\":\"" + digest + "\"}}");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
