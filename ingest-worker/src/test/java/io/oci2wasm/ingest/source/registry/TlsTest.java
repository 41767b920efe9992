package io.oci2wasm.ingest.source.registry;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.TrustedCertificates;
import io.oci2wasm.testsupport.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  @TempDir private Path directory;
  private final RegistryServers servers = new RegistryServers();
  private @Nullable WireMockServer secure;

  @AfterEach
  void stop() {
    servers.close();
    if (secure != null) {
      secure.stop();
    }
  }

  private RegistrySource image(TestCertificate certificate, @Nullable Path caFile) {
    WireMockServer server = RegistryServers.secure(certificate);
    secure = server;
    server.stubFor(
        get(RegistryServers.manifestPath("1"))
            .willReturn(okForContentType(MediaTypes.OCI_MANIFEST, "{\"schemaVersion\":2}")));
    return image(server.httpsPort(), caFile);
  }

  private RegistrySource image(int port, @Nullable Path caFile) {
    String host = "127.0.0.1:" + port;
    RegistryAccess access =
        RegistryServers.access(Set.of(host), Set.of(), Set.of(), CredentialStore.NONE)
            .trusting(caFile);
    return RegistrySource.open(
        ImageReference.parse(host + "/" + RegistryServers.REPOSITORY + ":1"),
        servers.client(access));
  }

  @Test
  void shouldTrustTheAuthoritiesOfTheConfiguredFile() throws Exception {
    TestCertificate certificate = TestCertificate.create(directory, "registry", "ip:127.0.0.1");

    assertThat(image(certificate, certificate.certificate()).root().size()).isEqualTo(19);
  }

  @Test
  void shouldRejectACertificateOfAnUnknownAuthorityWithoutTryingAgain() throws Exception {
    TestCertificate certificate = TestCertificate.create(directory, "registry", "ip:127.0.0.1");
    RegistrySource image = image(certificate, null);

    assertUntrusted(image);
  }

  @Test
  void shouldRejectACertificateForAnotherHost() throws Exception {
    TestCertificate certificate =
        TestCertificate.create(directory, "registry", "dns:other.example");
    RegistrySource image = image(certificate, certificate.certificate());

    assertUntrusted(image);
  }

  private void assertUntrusted(RegistrySource image) {
    RejectedException e = catchThrowableOfType(RejectedException.class, image::root);

    assertThat(e.reason()).isEqualTo(Reason.REGISTRY_UNTRUSTED);
    assertThat(e)
        .hasMessageContaining("found a certificate that is not trusted")
        .hasMessageContaining("registries.caFile");
    assertThat(servers.waits).isEmpty();
  }

  /** A connection that breaks off in the handshake says nothing about certificates. */
  @Test
  void shouldTryAgainWhereTheHandshakeBreaksOff() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread closing = new Thread(() -> closeEachConnection(server));
      closing.setDaemon(true);
      closing.start();
      RegistrySource image = image(server.getLocalPort(), null);

      UnavailableException e = catchThrowableOfType(UnavailableException.class, image::root);

      assertThat(e).hasMessageContaining("after 3 attempts");
      assertThat(servers.waits).hasSize(2);
    }
  }

  private static void closeEachConnection(ServerSocket server) {
    while (true) {
      try (Socket connection = server.accept()) {
        int unused = connection.getInputStream().read();
      } catch (IOException e) {
        return;
      }
    }
  }

  @Test
  void shouldRefuseAFileWithoutCertificates() throws Exception {
    Path file = Files.writeString(directory.resolve("empty.pem"), "hello");

    assertThatThrownBy(() -> TrustedCertificates.with(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("expected a file of certificates in PEM form");
  }
}
