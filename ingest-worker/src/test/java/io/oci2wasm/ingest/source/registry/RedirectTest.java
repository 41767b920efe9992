package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static io.oci2wasm.ingest.source.registry.RegistryServers.blobPath;
import static io.oci2wasm.ingest.source.registry.RegistryServers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectTest {
  private static final byte[] CONTENT = utf8("a layer");
  private static final Descriptor BLOB =
      new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(CONTENT), CONTENT.length);
  private static final CredentialStore BOT = host -> Optional.of(new Password("bot", "s3cret"));

  private final RegistryServers servers = new RegistryServers();

  @AfterEach
  void stopServers() {
    servers.close();
  }

  @Test
  void shouldFollowARedirectToANamedHostWithoutCredentials() throws Exception {
    // Given
    servers.registry.stubFor(
        get(blobPath(BLOB.digest()))
            .atPriority(9)
            .willReturn(
                aResponse().withStatus(401).withHeader("WWW-Authenticate", "Basic realm=\"r\"")));
    servers.registry.stubFor(
        get(blobPath(BLOB.digest()))
            .atPriority(1)
            .withHeader("Authorization", equalTo("Basic Ym90OnMzY3JldA=="))
            .willReturn(temporaryRedirect("http://" + servers.otherHost() + "/layer?signed")));
    servers.other.stubFor(get("/layer?signed").willReturn(aResponse().withBody(CONTENT)));
    RegistryClient client =
        servers.client(RegistryServers.access(Set.of(servers.host(), servers.otherHost()), BOT));

    // When
    byte[] found = read(client);

    // Then
    assertThat(found).isEqualTo(CONTENT);
    servers.other.verify(
        1, getRequestedFor(urlEqualTo("/layer?signed")).withHeader("Authorization", absent()));
  }

  @Test
  void shouldFollowARedirectWithinTheRegistry() throws Exception {
    // Given
    servers.registry.stubFor(
        get(blobPath(BLOB.digest())).willReturn(temporaryRedirect("/elsewhere")));
    servers.registry.stubFor(get("/elsewhere").willReturn(aResponse().withBody(CONTENT)));

    // When
    byte[] found = read(servers.client());

    // Then
    assertThat(found).isEqualTo(CONTENT);
  }

  @Test
  void shouldNotFollowPlainHttpToAHostThatNobodyNamed() {
    // Given
    redirectTo("http://" + servers.otherHost() + "/layer");

    // When
    RejectedException e = rejection(servers.client());

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e)
        .hasMessageContaining("following a redirect of registry " + servers.host())
        .hasMessageContaining("found scheme http");
    assertThat(servers.other.getAllServeEvents()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00::1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "::ffff:10.0.0.1"
      })
  void shouldNotFollowHttpsToAnInternalAddress(String address) throws Exception {
    // Given
    redirectTo("https://storage.example/layer");
    InetAddress[] resolved = {address(address)};
    RegistryClient client =
        servers.client(
            RegistryServers.access(Set.of(servers.host()), CredentialStore.NONE),
            resolving(resolved));

    // When
    RejectedException e = rejection(client);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e)
        .hasMessageContaining("https://storage.example")
        .hasMessageContaining("found the internal address");
  }

  @Test
  void shouldNotBeFooledByOnePublicAddressAmongSeveral() throws Exception {
    // Given
    redirectTo("https://storage.example/layer");
    InetAddress[] resolved = {address("203.0.113.7"), address("127.0.0.1")};
    RegistryClient client =
        servers.client(
            RegistryServers.access(Set.of(servers.host()), CredentialStore.NONE),
            resolving(resolved));

    // When
    RejectedException e = rejection(client);

    // Then
    assertThat(e).hasMessageContaining("127.0.0.1");
  }

  @Test
  void shouldConnectToTheAddressesThatWereCheckedAndAskNobodyElse() throws Exception {
    // Given a name that only our resolver knows
    String name = "registry.example:" + servers.other.port();
    redirectTo("http://" + name + "/layer");
    servers.other.stubFor(get("/layer").willReturn(aResponse().withBody(CONTENT)));
    List<String> asked = new ArrayList<>();
    RegistryClient client =
        servers.client(
            RegistryServers.access(Set.of(servers.host(), name), CredentialStore.NONE),
            host -> {
              asked.add(host);
              return InetAddress.getAllByName("127.0.0.1");
            });

    // When
    byte[] found = read(client);

    // Then
    assertThat(found).isEqualTo(CONTENT);
    assertThat(asked).containsExactly("127.0.0.1", "registry.example");
  }

  @Test
  void shouldAskOnceForEachConnection() throws Exception {
    // Given: a second question for the same connection would be the gap
    redirectTo("https://storage.example/layer");
    Deque<InetAddress> answers = new ArrayDeque<>(List.of(address("127.0.0.1")));
    RegistryClient client =
        servers.client(
            RegistryServers.access(Set.of(servers.host()), CredentialStore.NONE),
            host -> {
              if (!host.equals("storage.example")) {
                return InetAddress.getAllByName(host);
              }
              InetAddress next = answers.poll();
              if (next == null) {
                throw new UnknownHostException("asked twice for one connection");
              }
              return new InetAddress[] {next};
            });

    // When
    RejectedException e = rejection(client);

    // Then
    assertThat(e).hasMessageContaining("found the internal address 127.0.0.1");
    assertThat(answers).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1"})
  void shouldNotFollowHttpsToThisMachineByAnyOfItsNames(String name) {
    // Given
    redirectTo("https://" + name + ":" + servers.other.port() + "/layer");

    // When
    Throwable e = catchThrowable(() -> read(servers.client()));

    // Then: what is no name at all cannot be resolved
    assertThat(e).isInstanceOfAny(RejectedException.class, UnavailableException.class);
    assertThat(servers.other.getAllServeEvents()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"203.0.113.7", "2001:db8::7"})
  void shouldTakePublicAddressesForPublic(String address) throws Exception {
    // Given
    InetAddress parsed = address(address);

    // When
    boolean internal = InternalAddresses.contain(parsed);

    // Then
    assertThat(internal).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://h/x", "https://user@h/x", "https:opaque"})
  void shouldNotFollowOtherKindsOfAddresses(String target) {
    // Given
    redirectTo(target);

    // When
    RejectedException e = rejection(servers.client());

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
  }

  @Test
  void shouldLeaveACircleOfRedirects() {
    // Given
    redirectTo(blobPath(BLOB.digest()));

    // When
    RejectedException e = rejection(servers.client());

    // Then
    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_UNAVAILABLE);
    assertThat(e).hasMessageContaining("more than 5 redirects");
    servers.registry.verify(6, getRequestedFor(urlEqualTo(blobPath(BLOB.digest()))));
  }

  /** The storage host's name leads to {@code addresses}, all others where they do. */
  private static Resolver resolving(InetAddress... addresses) {
    return host -> host.equals("storage.example") ? addresses : InetAddress.getAllByName(host);
  }

  private static InetAddress address(String literal) throws Exception {
    return InetAddress.getAllByName(literal)[0];
  }

  private void redirectTo(String target) {
    servers.registry.stubFor(get(blobPath(BLOB.digest())).willReturn(temporaryRedirect(target)));
  }

  private byte[] read(RegistryClient client) throws Exception {
    try (var in = RegistrySource.open(servers.tagged("1"), client).blob(BLOB)) {
      return in.readAllBytes();
    }
  }

  private RejectedException rejection(RegistryClient client) {
    return catchThrowableOfType(RejectedException.class, () -> read(client));
  }
}
