package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static io.oci2wasm.ingest.source.registry.RegistryServers.manifestPath;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.IdentityToken;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
  private static final String MANIFEST = "{\"schemaVersion\":2}";
  private static final String BASIC = "Basic Ym90OnMzY3JldA==";
  private static final CredentialStore BOT = host -> Optional.of(new Password("bot", "s3cret"));

  private final RegistryServers servers = new RegistryServers();

  @AfterEach
  void stopServers() {
    servers.close();
  }

  @Test
  void shouldBuyATokenAtTheRegistrysOwnRealmOnceForARepository() throws Exception {
    // Given
    challengeWith(bearer(servers.host()));
    serveTokenAt(servers.registry);
    serveManifestFor("Bearer t0ken");
    RegistryClient client = servers.client(RegistryServers.access(Set.of(servers.host()), BOT));

    // When
    RegistrySource.open(servers.tagged("1"), client).root();
    RegistrySource.open(servers.tagged("1"), client).root();

    // Then
    servers.registry.verify(
        1,
        getRequestedFor(urlPathEqualTo("/token"))
            .withHeader("Authorization", equalTo(BASIC))
            .withQueryParam("service", equalTo("registry.example"))
            .withQueryParam("scope", equalTo("repository:team/app:pull")));
  }

  @Test
  void shouldNotUseATokenForAnotherRepository() throws Exception {
    // Given
    challengeWith(bearer(servers.host()));
    serveTokenAt(servers.registry);
    serveManifestFor("Bearer t0ken");
    servers.registry.stubFor(
        get("/v2/team/other/manifests/1")
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, MANIFEST)));
    RegistryClient client = servers.client(RegistryServers.access(Set.of(servers.host()), BOT));
    RegistrySource.open(servers.tagged("1"), client).root();

    // When
    RegistrySource.open(ImageReference.parse(servers.host() + "/team/other:1"), client).root();

    // Then
    servers.registry.verify(
        getRequestedFor(urlEqualTo("/v2/team/other/manifests/1"))
            .withHeader("Authorization", absent()));
  }

  @Test
  void shouldAnswerABasicChallenge() throws Exception {
    // Given
    challengeWith("Basic realm=\"registry\"");
    serveManifestFor(BASIC);
    RegistryClient client = servers.client(RegistryServers.access(Set.of(servers.host()), BOT));

    // When
    long size = RegistrySource.open(servers.tagged("1"), client).root().size();

    // Then
    assertThat(size).isEqualTo(MANIFEST.length());
  }

  @Test
  void shouldPresentCredentialsOnlyWhenChallenged() throws Exception {
    // Given
    servers.registry.stubFor(
        get(manifestPath("1")).willReturn(okForContentType(MediaTypes.OCI_MANIFEST, MANIFEST)));
    RegistryClient client = servers.client(RegistryServers.access(Set.of(servers.host()), BOT));

    // When
    RegistrySource.open(servers.tagged("1"), client).root();

    // Then
    servers.registry.verify(
        1, getRequestedFor(urlEqualTo(manifestPath("1"))).withHeader("Authorization", absent()));
  }

  @Test
  void shouldNotContactARealmOnPlainHttpThatNobodyNamed() {
    // Given
    challengeWith(bearer(servers.otherHost()));
    serveTokenAt(servers.other);
    RegistryClient client = servers.client(RegistryServers.access(Set.of(servers.host()), BOT));

    // When
    RejectedException e = rejection(client);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e).hasMessageContaining("token realm").hasMessageContaining(servers.otherHost());
    assertThat(servers.other.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldAskAnotherHostsRealmWithoutCredentials() throws Exception {
    // Given
    challengeWith(bearer(servers.otherHost()));
    serveTokenAt(servers.other);
    serveManifestFor("Bearer t0ken");
    RegistryClient client =
        servers.client(RegistryServers.access(Set.of(servers.host(), servers.otherHost()), BOT));

    // When
    RegistrySource.open(servers.tagged("1"), client).root();

    // Then
    servers.other.verify(
        1, getRequestedFor(urlPathEqualTo("/token")).withHeader("Authorization", absent()));
  }

  @Test
  void shouldSendCredentialsToATrustedRealm() throws Exception {
    // Given
    challengeWith(bearer(servers.otherHost()));
    serveTokenAt(servers.other);
    serveManifestFor("Bearer t0ken");
    RegistryClient client =
        servers.client(
            RegistryServers.access(
                null,
                Set.of(servers.host(), servers.otherHost()),
                Set.of(servers.otherHost()),
                BOT));

    // When
    RegistrySource.open(servers.tagged("1"), client).root();

    // Then
    servers.other.verify(
        1, getRequestedFor(urlPathEqualTo("/token")).withHeader("Authorization", equalTo(BASIC)));
  }

  @Test
  void shouldExchangeAnIdentityToken() throws Exception {
    // Given
    challengeWith(bearer(servers.host()));
    servers.registry.stubFor(
        post("/token")
            .withRequestBody(containing("grant_type=refresh_token"))
            .withRequestBody(containing("refresh_token=1dentity"))
            .willReturn(okJson("{\"access_token\":\"t0ken\"}")));
    serveManifestFor("Bearer t0ken");
    RegistryClient client =
        servers.client(
            RegistryServers.access(
                Set.of(servers.host()), host -> Optional.of(new IdentityToken("1dentity"))));

    // When
    long size = RegistrySource.open(servers.tagged("1"), client).root().size();

    // Then
    assertThat(size).isEqualTo(MANIFEST.length());
  }

  @Test
  void shouldSayThatTheRealmRefusesWithoutNamingThePassword() {
    // Given
    challengeWith(bearer(servers.host()));
    servers.registry.stubFor(get(urlPathEqualTo("/token")).willReturn(aResponse().withStatus(401)));
    RegistryClient client = servers.client(RegistryServers.access(Set.of(servers.host()), BOT));

    // When
    RejectedException e = rejection(client);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.UNAUTHORIZED);
    assertThat(e)
        .hasMessageContaining("asking 127.0.0.1 for a token to pull " + servers.host())
        .hasMessageContaining("found HTTP 401")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void shouldLeaveARealmAloneThatAsksForALongTime() {
    // Given
    challengeWith(bearer(servers.host()));
    servers.registry.stubFor(
        get(urlPathEqualTo("/token"))
            .willReturn(aResponse().withStatus(429).withHeader("Retry-After", "3600")));
    RegistrySource source = RegistrySource.open(servers.tagged("1"), servers.client());

    // When
    UnavailableException e = catchThrowableOfType(UnavailableException.class, source::root);

    // Then
    assertThat(e.retryAfter()).isEqualTo(Duration.ofHours(1));
    assertThat(e).hasMessageContaining("token realm 127.0.0.1: HTTP 429");
    servers.registry.verify(1, getRequestedFor(urlPathEqualTo("/token")));
  }

  @Test
  void shouldNotContactARealmWhoseNameLeadsHome() throws Exception {
    // Given
    challengeWith("Bearer realm=\"https://auth.example:" + servers.other.port() + "/token\"");
    InetAddress[] home = InetAddress.getAllByName("127.0.0.1");
    RegistryClient client =
        servers.client(RegistryServers.access(Set.of(servers.host()), BOT), host -> home);

    // When
    RejectedException e = rejection(client);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e)
        .hasMessageContaining("following a token realm")
        .hasMessageContaining("found the internal address 127.0.0.1");
    assertThat(servers.other.getAllServeEvents()).isEmpty();
  }

  @Test
  void shouldNotShowSecretsAsText() {
    // Given
    CredentialStore.Credential password = new Password("bot", "s3cret");
    CredentialStore.Credential token = new IdentityToken("1dentity");

    // When
    String text = password.toString() + token;

    // Then
    assertThat(text).contains("bot").doesNotContain("s3cret").doesNotContain("1dentity");
  }

  @Test
  void shouldRefuseARealmThatIsNoAddressOfAHost() {
    for (String realm : new String[] {"mailto:root", "/token", "https:///token", "x y"}) {
      // Given
      challengeWith("Bearer realm=\"" + realm + "\",service=\"registry.example\"");
      RegistryClient client = servers.client(RegistryServers.access(Set.of(servers.host()), BOT));

      // When
      RejectedException e = rejection(client);

      // Then
      assertThat(e.reason()).isEqualTo(Reason.UNAUTHORIZED);
      assertThat(e)
          .hasMessageContaining("reading the challenge of registry " + servers.host())
          .hasMessageContaining("found a realm that is no address");
    }
  }

  @Test
  void shouldUseATokenWhoseLifeIsBeyondAllTime() throws Exception {
    for (String life : new String[] {"9223372036854775807", "-9223372036854775808", "1e300"}) {
      // Given
      challengeWith(bearer(servers.host()));
      servers.registry.stubFor(
          get(urlPathEqualTo("/token"))
              .willReturn(okJson("{\"token\":\"t0ken\",\"expires_in\":" + life + "}")));
      serveManifestFor("Bearer t0ken");

      // When
      long size = RegistrySource.open(servers.tagged("1"), servers.client()).root().size();

      // Then
      assertThat(size).isEqualTo(MANIFEST.length());
    }
  }

  @Test
  void shouldForgetWhatItUsedLongAgo() throws Exception {
    // Given
    RegistryAccess access = RegistryServers.access(Set.of(servers.host()), BOT);
    RegistryHost host = RegistryHost.of(servers.host(), access);
    Authenticator authenticator =
        new Authenticator(
            access,
            new OtherHosts(
                access, new Http(access, InetAddress::getAllByName, ProxySelector.of(null))),
            Backoff.system(),
            Clock.systemUTC());
    List<Challenge> basic = List.of(new Challenge("basic", Map.of()));
    TokenScope first = TokenScope.pull(host, "team/first");
    authenticator.answer(host, first, basic);
    assertThat(authenticator.known(host, first)).contains(BASIC);

    // When
    for (int i = 0; i < Authenticator.MAX_KNOWN; i++) {
      authenticator.answer(host, TokenScope.pull(host, "team/app" + i), basic);
    }

    // Then
    assertThat(authenticator.known(host, first)).isEmpty();
    assertThat(authenticator.known(host, TokenScope.pull(host, "team/app1"))).contains(BASIC);
  }

  private RejectedException rejection(RegistryClient client) {
    RegistrySource source = RegistrySource.open(servers.tagged("1"), client);
    return catchThrowableOfType(RejectedException.class, source::root);
  }

  private static String bearer(String realmHost) {
    return "Bearer realm=\"http://" + realmHost + "/token\",service=\"registry.example\"";
  }

  private void challengeWith(String challenge) {
    servers.registry.stubFor(
        get(manifestPath("1"))
            .atPriority(9)
            .willReturn(aResponse().withStatus(401).withHeader("WWW-Authenticate", challenge)));
  }

  private void serveManifestFor(String authorization) {
    servers.registry.stubFor(
        get(manifestPath("1"))
            .atPriority(1)
            .withHeader("Authorization", equalTo(authorization))
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, MANIFEST)));
  }

  private static void serveTokenAt(WireMockServer server) {
    server.stubFor(
        get(urlPathEqualTo("/token"))
            .willReturn(okJson("{\"token\":\"t0ken\",\"expires_in\":300}")));
  }
}
