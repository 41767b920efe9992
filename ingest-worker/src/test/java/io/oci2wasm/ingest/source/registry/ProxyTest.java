package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static io.oci2wasm.ingest.source.registry.RegistryServers.blobPath;
import static io.oci2wasm.ingest.source.registry.RegistryServers.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.testsupport.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries that are reached by an HTTP proxy, which alone knows their names. */
@SuppressWarnings("NullAway.Init") // the set-up sets the fields
class ProxyTest {
  private static final byte[] CONTENT = utf8("a layer");
  private static final Descriptor BLOB =
      new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(CONTENT), CONTENT.length);

  @TempDir private Path directory;
  private final RegistryServers servers = new RegistryServers();
  private TestCertificate certificate;
  private WireMockServer outside;
  private ConnectProxy proxy;

  @BeforeEach
  void start() throws Exception {
    certificate =
        TestCertificate.create(directory, "outside", "dns:outside.example,dns:public.example");
    outside = RegistryServers.secure(certificate);
    proxy = new ConnectProxy(outside.httpsPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    outside.stop();
    servers.close();
  }

  /** What this machine can resolve itself: names of its own network. */
  private static InetAddress[] resolve(String host) throws UnknownHostException {
    Map<String, String> known =
        Map.of("inside.example", "10.1.2.3", "public.example", "203.0.113.7");
    if (host.endsWith(".example") && !known.containsKey(host)) {
      throw new UnknownHostException(host);
    }
    return InetAddress.getAllByName(known.getOrDefault(host, host));
  }

  private RegistryClient client(RegistryAccess access) {
    return servers.client(access.trusting(certificate.certificate()), ProxyTest::resolve, proxy);
  }

  private RegistryClient clientOfThisRegistry() {
    return client(RegistryServers.access(Set.of(servers.host()), CredentialStore.NONE));
  }

  private static RegistryAccess outsideAllowed() {
    return RegistryServers.access(
        Set.of("outside.example"), Set.of(), Set.of(), CredentialStore.NONE);
  }

  private static ImageReference outsideImage() {
    return ImageReference.parse("outside.example/" + RegistryServers.REPOSITORY + ":1");
  }

  @Test
  void shouldFetchByTheProxyWhatOnlyItCanResolve() throws Exception {
    outside.stubFor(
        get(RegistryServers.manifestPath("1"))
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, "{\"schemaVersion\":2}")));

    long size = RegistrySource.open(outsideImage(), client(outsideAllowed())).root().size();

    assertThat(size).isEqualTo(19);
    assertThat(proxy.asked).containsExactly("CONNECT outside.example:443");
  }

  @Test
  void shouldSayThatTheProxyRefuses() throws Exception {
    try (ConnectProxy refusing = new ConnectProxy(ConnectProxy.NOWHERE)) {
      RegistryClient client = servers.client(outsideAllowed(), ProxyTest::resolve, refusing);

      UnavailableException e =
          catchThrowableOfType(
              UnavailableException.class, () -> RegistrySource.open(outsideImage(), client).root());

      assertThat(e).hasMessageContaining("proxy").hasMessageContaining("403");
    }
    assertThat(outside.getAllServeEvents()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"outside.example", "public.example"})
  void shouldFollowARedirectByTheProxy(String host) throws Exception {
    redirectTo("https://" + host + "/layer");
    outside.stubFor(get("/layer").willReturn(aResponse().withBody(CONTENT)));

    byte[] found = read(clientOfThisRegistry());

    assertThat(found).isEqualTo(CONTENT);
    assertThat(proxy.asked).containsExactly("CONNECT " + host + ":443");
  }

  @ParameterizedTest
  @ValueSource(strings = {"inside.example", "127.0.0.1", "localhost", "[::1]", "2130706433"})
  void shouldNotAskTheProxyForWhatIsInternal(String host) {
    redirectTo("https://" + host + "/layer");

    RejectedException e =
        catchThrowableOfType(RejectedException.class, () -> read(clientOfThisRegistry()));

    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_NOT_ALLOWED);
    assertThat(e).hasMessageContaining("found the internal address");
    assertThat(proxy.asked).isEmpty();
  }

  /** Who reads them reads 127.0.0.1. */
  @ParameterizedTest
  @ValueSource(strings = {"0x7f.1", "0x7f000001", "127.0.0.0x1", "0x7f.0.0.1."})
  void shouldNotAskTheProxyForDigitsThatItMightReadOtherwise(String host) {
    redirectTo("https://" + host + "/layer");

    Throwable e = catchThrowable(() -> read(clientOfThisRegistry()));

    assertThat(e).isInstanceOfAny(RejectedException.class, UnavailableException.class);
    assertThat(proxy.asked).isEmpty();
  }

  private void redirectTo(String target) {
    servers.registry.stubFor(get(blobPath(BLOB.digest())).willReturn(temporaryRedirect(target)));
  }

  private byte[] read(RegistryClient client) throws Exception {
    try (var in = RegistrySource.open(servers.tagged("1"), client).blob(BLOB)) {
      return in.readAllBytes();
    }
  }
}
