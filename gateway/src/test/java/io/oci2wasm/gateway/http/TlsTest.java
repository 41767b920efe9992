package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.TlsConfig;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.testsupport.TestCertificate;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class TlsTest {
  @TempDir private static Path directory;
  private static KeyStore first;
  private static TlsConfig tls;

  @BeforeAll
  static void makeCertificates() throws Exception {
    TestCertificate certificate = TestCertificate.create(directory, "first", "ip:127.0.0.1");
    first =
        KeyStore.getInstance(
            certificate.keyStore().toFile(), TestCertificate.PASSWORD.toCharArray());
    tls = new TlsConfig(certificate.certificate(), certificate.key());
    TestCertificate.create(directory, "second", "ip:127.0.0.1");
  }

  @Test
  void shouldServeHttpsAndNothingElse() throws Exception {
    try (TestGateway server = new TestGateway(GatewayConfig.DEFAULT.onPort(0).with(tls))) {
      HttpClient trusting = HttpClient.newBuilder().sslContext(trusting(first)).build();

      HttpResponse<String> answer = trusting.send(liveOf("https", server), asText());

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> trusting.send(liveOf("http", server), asText()))
          .isInstanceOf(IOException.class);
    }
  }

  private static HttpRequest liveOf(String scheme, TestGateway server) {
    return HttpRequest.newBuilder(
            URI.create(scheme + "://127.0.0.1:" + server.port() + "/health/live"))
        .version(HttpClient.Version.HTTP_1_1)
        .build();
  }

  private static HttpResponse.BodyHandler<String> asText() {
    return HttpResponse.BodyHandlers.ofString();
  }

  private static SSLContext trusting(KeyStore store) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("a", store.getCertificate("a"));
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  @Test
  void shouldRefuseTheKeyOfAnotherCertificate() {
    TlsConfig mixed = new TlsConfig(tls.certificateFile(), directory.resolve("second.key"));

    assertThatThrownBy(() -> ServerCertificate.load(mixed))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.tls.keyFile: found no key of the certificate");
  }

  @Test
  void shouldRefuseAKeyInAnotherFormWithoutQuotingIt() throws Exception {
    Path old =
        Files.writeString(
            directory.resolve("old.key"),
            "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n");

    assertThatThrownBy(() -> ServerCertificate.load(new TlsConfig(tls.certificateFile(), old)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt")
        .hasMessageNotContaining("c2VjcmV0");
  }

  @Test
  void shouldRefuseAFileWithoutCertificates() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty.crt"), "hello");

    assertThatThrownBy(() -> ServerCertificate.load(new TlsConfig(empty, tls.keyFile())))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("gateway.tls.certificateFile: found " + empty);
  }

  @Test
  void shouldWantBothFilesOrNone() {
    assertThatThrownBy(() -> new TlsConfig(tls.certificateFile(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found certificateFile alone");
  }
}
