package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.headRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static io.oci2wasm.ingest.source.registry.RegistryServers.manifestPath;
import static io.oci2wasm.ingest.source.registry.RegistryServers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryCatalogTest {
  private static final String CATALOG = "/v2/_catalog?n=1000";
  private static final String TAGS = "/v2/team/app/tags/list?n=1000";

  private final RegistryServers servers = new RegistryServers();

  @AfterEach
  void stopServers() {
    servers.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "</v2/_catalog?n=2&last=b>; rel=\"next\"",
        "</v2/_catalog?n=2&last=b>;rel=next",
        "</first>; rel=\"first\", </v2/_catalog?n=2&last=b>; title=\"a, b\"; rel=\"prefetch next\"",
        "<http://elsewhere.example/v2/_catalog?n=2&last=b>; rel=\"next\"",
        "<?n=2&last=b>; rel=\"next\"",
      })
  void shouldFollowLinksToTheNextPageOfTheSameRegistry(String link) throws Exception {
    // Given
    page(CATALOG, okJson("{\"repositories\":[\"a\",\"b\"]}").withHeader("Link", link));
    page("/v2/_catalog?n=2&last=b", okJson("{\"repositories\":[\"c\"]}"));

    // When
    List<List<String>> pages = repositories();

    // Then
    assertThat(pages).containsExactly(List.of("a", "b"), List.of("c"));
  }

  @Test
  void shouldReadNoFurtherThanIsWanted() throws Exception {
    // Given
    page(TAGS, okJson("{\"tags\":[\"1\"]}").withHeader("Link", "</more>; rel=\"next\""));

    // When
    catalog().tags("team/app", tags -> false);

    // Then
    servers.registry.verify(1, getRequestedFor(urlEqualTo(TAGS)));
    servers.registry.verify(0, getRequestedFor(urlEqualTo("/more")));
  }

  @Test
  void shouldRefusePagesThatGoRoundInCircles() {
    // Given
    page(
        CATALOG, okJson("{\"repositories\":[]}").withHeader("Link", "<" + CATALOG + ">; rel=next"));

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, this::repositories);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_UNAVAILABLE);
    assertThat(e)
        .hasMessageContaining("listing the catalog of " + servers.host())
        .hasMessageContaining("found pages without end");
    servers.registry.verify(1, getRequestedFor(urlEqualTo(CATALOG)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"tags\":null}", "{\"name\":\"team/app\"}", "{\"tags\":[]}"})
  void shouldTakeARepositoryWithoutTagsAsItIs(String answer) throws Exception {
    // Given
    page(TAGS, okJson(answer));

    // When
    List<List<String>> pages = tags();

    // Then
    assertThat(pages).containsExactly(List.of());
  }

  @Test
  void shouldRefuseAWebPage() {
    // Given
    page(TAGS, okForContentType("text/html", "<html>"));

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, this::tags);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_UNAVAILABLE);
    assertThat(e)
        .hasMessageContaining("listing the tags of " + servers.host() + "/team/app")
        .hasMessageContaining("found no JSON, expected a list of tags");
  }

  @ParameterizedTest
  @CsvSource({
    "401, UNAUTHORIZED",
    "403, UNAUTHORIZED",
    "404, NOT_FOUND",
    "405, REGISTRY_UNAVAILABLE",
  })
  void shouldSayWhyThereIsNoCatalog(int status, Reason reason) {
    // Given
    page(CATALOG, aResponse().withStatus(status));

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, this::repositories);

    // Then
    assertThat(e.reason()).isEqualTo(reason);
    assertThat(e).hasMessageContaining("found HTTP " + status);
    assertThat(servers.waits).isEmpty();
  }

  @Test
  void shouldBuyATokenForEachScopeAndUseItForNothingElse() throws Exception {
    // Given
    challenge();
    sellToken("registry:catalog:*", "for-catalog");
    sellToken("repository:team/app:pull", "for-app");
    authorized(CATALOG, "for-catalog", okJson("{\"repositories\":[\"team/app\"]}"));
    authorized(TAGS, "for-app", okJson("{\"tags\":[\"1\"]}"));
    RegistryCatalog catalog =
        servers
            .client(
                RegistryServers.access(
                    Set.of(servers.host()), host -> Optional.of(new Password("bot", "s3cret"))))
            .catalog(servers.host());
    List<String> names = new ArrayList<>();

    // When
    catalog.repositories(names::addAll);
    catalog.tags("team/app", names::addAll);

    // Then
    assertThat(names).containsExactly("team/app", "1");
    servers.registry.verify(
        0,
        getRequestedFor(urlEqualTo(TAGS))
            .withHeader("Authorization", equalTo("Bearer for-catalog")));
    servers.registry.verify(2, getRequestedFor(urlPathEqualTo("/token")));
  }

  @Test
  void shouldWaitAsLongAsTheRegistryAsks() throws Exception {
    // Given
    servers.registry.stubFor(
        get(TAGS)
            .inScenario("busy")
            .whenScenarioStateIs(Scenario.STARTED)
            .willReturn(aResponse().withStatus(429).withHeader("Retry-After", "7"))
            .willSetStateTo("ready"));
    servers.registry.stubFor(
        get(TAGS)
            .inScenario("busy")
            .whenScenarioStateIs("ready")
            .willReturn(okJson("{\"tags\":[\"1\"]}")));

    // When
    List<List<String>> pages = tags();

    // Then
    assertThat(pages).containsExactly(List.of("1"));
    assertThat(servers.waits).containsExactly(Duration.ofSeconds(7));
  }

  @Test
  void shouldGiveUpForNowOnARegistryThatStaysBusy() {
    // Given
    page(TAGS, aResponse().withStatus(503));

    // When
    UnavailableException e = catchThrowableOfType(UnavailableException.class, this::tags);

    // Then
    assertThat(e).hasMessageContaining("found HTTP 503 after 3 attempts");
  }

  @Test
  void shouldAskForADigestWithoutFetchingTheManifest() throws Exception {
    // Given
    Sha256Digest digest = Sha256Digest.of(utf8("manifest"));
    servers.registry.stubFor(
        head(urlEqualTo(manifestPath("1")))
            .willReturn(aResponse().withHeader("Docker-Content-Digest", digest.toString())));

    // When
    Optional<Sha256Digest> found = catalog().digest(servers.tagged("1"));

    // Then
    assertThat(found).contains(digest);
    servers.registry.verify(
        1,
        headRequestedFor(urlEqualTo(manifestPath("1")))
            .withHeader("Accept", containing(MediaTypes.OCI_INDEX))
            .withHeader("Accept", containing(MediaTypes.DOCKER_MANIFEST)));
    servers.registry.verify(0, getRequestedFor(anyUrl()));
  }

  @Test
  void shouldFetchTheManifestWhereTheHeaderIsMissing() throws Exception {
    // Given
    String manifest = "{\"schemaVersion\":2}";
    servers.registry.stubFor(
        any(urlEqualTo(manifestPath("1")))
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, manifest)));

    // When
    Optional<Sha256Digest> found = catalog().digest(servers.tagged("1"));

    // Then
    assertThat(found).contains(Sha256Digest.of(utf8(manifest)));
  }

  @Test
  void shouldFindNoDigestOfATagThatWent() throws Exception {
    // Given
    servers.registry.stubFor(
        head(urlEqualTo(manifestPath("1"))).willReturn(aResponse().withStatus(404)));

    // When
    Optional<Sha256Digest> found = catalog().digest(servers.tagged("1"));

    // Then
    assertThat(found).isEmpty();
  }

  @Test
  void shouldRefuseADigestThatIsNone() {
    // Given
    servers.registry.stubFor(
        head(urlEqualTo(manifestPath("1")))
            .willReturn(aResponse().withHeader("Docker-Content-Digest", "md5:1")));

    // When
    RejectedException e =
        catchThrowableOfType(RejectedException.class, () -> catalog().digest(servers.tagged("1")));

    // Then
    assertThat(e)
        .hasMessageContaining(servers.tagged("1").toString())
        .hasMessageContaining("md5:1");
  }

  private void page(String url, ResponseDefinitionBuilder answer) {
    servers.registry.stubFor(get(urlEqualTo(url)).willReturn(answer));
  }

  private void authorized(String url, String token, ResponseDefinitionBuilder answer) {
    servers.registry.stubFor(
        get(urlEqualTo(url))
            .atPriority(1)
            .withHeader("Authorization", equalTo("Bearer " + token))
            .willReturn(answer));
  }

  private void challenge() {
    servers.registry.stubFor(
        any(anyUrl())
            .atPriority(9)
            .willReturn(
                aResponse()
                    .withStatus(401)
                    .withHeader(
                        "WWW-Authenticate",
                        "Bearer realm=\"http://" + servers.host() + "/token\"")));
  }

  private void sellToken(String scope, String token) {
    servers.registry.stubFor(
        get(urlPathEqualTo("/token"))
            .withQueryParam("scope", equalTo(scope))
            .willReturn(okJson("{\"token\":\"" + token + "\"}")));
  }

  private RegistryCatalog catalog() {
    return servers.client().catalog(servers.host());
  }

  private List<List<String>> repositories() throws Exception {
    List<List<String>> pages = new ArrayList<>();
    catalog().repositories(pages::add);
    return pages;
  }

  private List<List<String>> tags() throws Exception {
    List<List<String>> pages = new ArrayList<>();
    catalog().tags("team/app", pages::add);
    return pages;
  }
}
