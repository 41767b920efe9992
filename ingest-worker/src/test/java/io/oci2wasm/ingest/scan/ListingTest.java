package io.oci2wasm.ingest.scan;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.headRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.matching.RequestPattern;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BatchEntered;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.rule.ConversionRule;
import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.ingest.source.registry.CredentialStore;
import io.oci2wasm.ingest.source.registry.RegistryAccess;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.runtime.event.EventPublisher;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListingTest {
  private static final String HEX = "0".repeat(64);

  private final WireMockServer registry =
      new WireMockServer(WireMockConfiguration.options().bindAddress("127.0.0.1").dynamicPort());
  private final Collected collected = new Collected();

  @BeforeEach
  void startRegistry() {
    registry.start();
  }

  @AfterEach
  void stopRegistry() {
    registry.stop();
  }

  @Test
  void shouldEnterEveryTagOfEveryRepositoryWithItsDigest() throws Exception {
    // Given
    serveCatalog("team/app", "web");
    serve("team/app", "1", "2");
    serve("web", "1");

    // When
    Optional<String> refusals = listing().call();

    // Then
    assertThat(refusals).isEmpty();
    assertThat(collected.images())
        .containsExactly(image("team/app", "1"), image("team/app", "2"), image("web", "1"));
  }

  @Test
  void shouldCountTagsOfOneDigestOnce() throws Exception {
    // Given
    serve("app", "1", "2");
    registry.stubFor(
        head(urlEqualTo(manifest("app", "2")))
            .willReturn(
                aResponse().withHeader("Docker-Content-Digest", digest("app", "1").toString())));
    Listing listing = listing("app", "app");

    // When
    listing.call();

    // Then
    assertThat(listing.images()).isEqualTo(1);
    assertThat(collected.images()).extracting(ImageReference::tag).containsExactly("1", "2");
  }

  @Test
  void shouldNotLetAnExcludedTagHideAnotherOfTheSameImage() throws Exception {
    // Given
    serve("app", "1-debug", "1", "2-debug");
    registry.stubFor(
        head(urlEqualTo(manifest("app", "1-debug")))
            .willReturn(
                aResponse().withHeader("Docker-Content-Digest", digest("app", "1").toString())));
    ConversionRule rule = new ConversionRule(null, null, Glob.parse("*-debug"), List.of(), false);
    Listing listing = listing(new ConversionRules(Platform.WITH_ENGINE, List.of(rule)), "app");

    // When
    listing.call();

    // Then
    assertThat(collected.images()).containsExactly(image("app", "1"), image("app", "2-debug"));
    assertThat(listing.images()).isEqualTo(2);
  }

  @Test
  void shouldListOnlyRepositoriesThatAGlobMatches() throws Exception {
    // Given
    serveCatalog("team/app", "team/app/deep", "web", "webby");
    serve("team/app", "1");
    serve("web", "1");

    // When
    Optional<String> refusals = listing("team/*", "web").call();

    // Then
    assertThat(refusals).isEmpty();
    assertThat(collected.images()).containsExactly(image("team/app", "1"), image("web", "1"));
    registry.verify(0, getRequestedFor(urlPathEqualTo("/v2/webby/tags/list")));
    registry.verify(0, getRequestedFor(urlPathEqualTo("/v2/team/app/deep/tags/list")));
  }

  @Test
  void shouldNotNeedACatalogForRepositoriesByName() throws Exception {
    // Given
    serve("team/app", "1");

    // When
    Optional<String> refusals = listing("team/app").call();

    // Then
    assertThat(refusals).isEmpty();
    assertThat(collected.images()).containsExactly(image("team/app", "1"));
    registry.verify(0, getRequestedFor(urlPathEqualTo("/v2/_catalog")));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 404, 405})
  void shouldSayWhatToDoWithoutCatalog(int status) {
    // Given
    registry.stubFor(
        get(urlPathEqualTo("/v2/_catalog")).willReturn(aResponse().withStatus(status)));
    Listing listing = listing("team/*");

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, listing::call);

    // Then
    assertThat(e)
        .hasMessageContaining("listing the catalog of " + host())
        .hasMessageContaining("HTTP " + status)
        .hasMessageContaining("by the full names of its repositories, without * and ?");
    assertThat(collected.events).isEmpty();
  }

  @Test
  void shouldLeaveOutWhatIsAttachedToImages() throws Exception {
    // Given
    serveCatalog("app");
    serve(
        "app",
        "1",
        "sha256-" + HEX,
        "sha256-" + HEX + ".sig",
        "sha256-" + HEX + ".att",
        "sha256-" + HEX + ".sbom",
        "sha256-abc");

    // When
    listing().call();

    // Then
    assertThat(collected.images()).containsExactly(image("app", "1"), image("app", "sha256-abc"));
  }

  @Test
  void shouldLeaveOutTagsAndRepositoriesThatWentMeanwhile() throws Exception {
    // Given
    serveCatalog("app", "gone");
    serve("app", "1", "2");
    registry.stubFor(
        head(urlEqualTo(manifest("app", "1"))).willReturn(aResponse().withStatus(404)));
    registry.stubFor(get(urlEqualTo(tags("gone"))).willReturn(aResponse().withStatus(404)));

    // When
    Optional<String> refusals = listing().call();

    // Then
    assertThat(refusals).isEmpty();
    assertThat(collected.images()).containsExactly(image("app", "2"));
  }

  @Test
  void shouldNameARepositoryThatIsMissingThoughSomebodyNamedIt() throws Exception {
    // Given
    registry.stubFor(get(urlEqualTo(tags("gone"))).willReturn(aResponse().withStatus(404)));

    // When
    Optional<String> refusals = listing("gone").call();

    // Then
    assertThat(refusals.orElseThrow())
        .startsWith("1 of 1 repositories could not be listed: ")
        .contains("listing the tags of " + host() + "/gone: found HTTP 404");
  }

  @Test
  void shouldListTheOthersWhereOneRefusesUs() throws Exception {
    // Given
    serveCatalog("app", "secret", "half", "Not A Name", "web");
    serve("app", "1");
    serve("web", "1");
    registry.stubFor(get(urlEqualTo(tags("secret"))).willReturn(aResponse().withStatus(403)));
    serve("half", "1", "2");
    registry.stubFor(
        head(urlEqualTo(manifest("half", "2"))).willReturn(aResponse().withStatus(403)));

    // When
    Optional<String> refusals = listing().call();

    // Then
    assertThat(collected.images())
        .containsExactly(image("app", "1"), image("half", "1"), image("web", "1"));
    assertThat(refusals.orElseThrow())
        .startsWith("3 of 5 repositories could not be listed: ")
        .contains(host() + "/secret: found HTTP 403")
        .contains("log in")
        .contains("\"Not A Name\"");
  }

  @Test
  void shouldRefuseARegistryThatIsNotAllowedBeforeAnythingIsSent() {
    // Given
    RegistryAccess access = RegistryAccess.of(Set.of(), Set.of(), CredentialStore.NONE);
    Listing listing =
        new Listing(
            batch("app"),
            new RegistryClient(access).catalog(host()),
            ConversionRules.DEFAULT,
            collected,
            () -> false);

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, listing::call);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e).hasMessageContaining("found registry " + host());
    assertThat(registry.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldStopWithinARepositoryWhenItIsNotWantedAnyMore() throws Exception {
    // Given
    serveCatalog("app", "web");
    serve("app", "1", "2", "3");
    Listing listing =
        new Listing(
            batch(),
            client().catalog(host()),
            ConversionRules.DEFAULT,
            collected,
            () -> registry.countRequestsMatching(anyHead()).getCount() == 2);

    // When
    listing.call();

    // Then
    assertThat(collected.images()).containsExactly(image("app", "1"), image("app", "2"));
    registry.verify(0, getRequestedFor(urlEqualTo(tags("web"))));
  }

  @Test
  void shouldRefuseAGlobThatIsNone() {
    assertThatThrownBy(() -> listing("team/{a,b}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found \"team/{a,b}\"");
  }

  private static RequestPattern anyHead() {
    return headRequestedFor(anyUrl()).build();
  }

  private Listing listing(String... repositories) {
    return listing(ConversionRules.DEFAULT, repositories);
  }

  private Listing listing(ConversionRules rules, String... repositories) {
    return new Listing(
        batch(repositories), client().catalog(host()), rules, collected, () -> false);
  }

  private RegistryClient client() {
    return new RegistryClient(RegistryAccess.of(Set.of(), Set.of(host()), CredentialStore.NONE));
  }

  private BatchRequested batch(String... repositories) {
    return new BatchRequested(
        HEX.substring(0, 32),
        BatchRequested.Kind.SCAN,
        host(),
        List.of(repositories),
        null,
        null,
        0,
        Instant.EPOCH);
  }

  private String host() {
    return "127.0.0.1:" + registry.port();
  }

  private ImageReference image(String repository, String tag) {
    return new ImageReference(host(), repository, tag, digest(repository, tag));
  }

  private static Sha256Digest digest(String repository, String tag) {
    return Sha256Digest.of((repository + ":" + tag).getBytes(StandardCharsets.UTF_8));
  }

  private static String tags(String repository) {
    return "/v2/" + repository + "/tags/list?n=1000";
  }

  private static String manifest(String repository, String tag) {
    return "/v2/" + repository + "/manifests/" + tag;
  }

  private void serveCatalog(String... repositories) {
    registry.stubFor(
        get(urlEqualTo("/v2/_catalog?n=1000"))
            .willReturn(okJson("{\"repositories\":" + json(repositories) + "}")));
  }

  private void serve(String repository, String... tags) {
    registry.stubFor(
        get(urlEqualTo(tags(repository))).willReturn(okJson("{\"tags\":" + json(tags) + "}")));
    for (String tag : tags) {
      registry.stubFor(
          head(urlEqualTo(manifest(repository, tag)))
              .willReturn(
                  aResponse()
                      .withHeader("Docker-Content-Digest", digest(repository, tag).toString())));
    }
  }

  private static String json(String... words) {
    return Stream.of(words)
        .map(word -> "\"" + word + "\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static final class Collected implements EventPublisher {
    private final List<TopicEvent> events = new ArrayList<>();

    @Override
    public void publish(List<? extends TopicEvent> more) {
      events.addAll(more);
    }

    @Override
    public void report(PipelineEvent event) {
      throw new AssertionError("a listing reports nothing");
    }

    List<ImageReference> images() {
      return events.stream().map(event -> ((BatchEntered) event).image()).toList();
    }
  }
}
