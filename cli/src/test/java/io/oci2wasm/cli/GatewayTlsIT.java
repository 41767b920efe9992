package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.cli.Cli.Result;
import io.oci2wasm.cli.pipeline.Pipeline;
import io.oci2wasm.cli.pipeline.PipelineConfig;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.TlsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that call a gateway whose certificate no public authority signed. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class GatewayTlsIT {
  private static final String PASSWORD = "changeit";

  @TempDir private static Path directory;
  private static Path certificate;
  private static Path another;
  private static Pipeline pipeline;

  @BeforeAll
  static void start() throws Exception {
    KeyStore keys = keys("gateway");
    certificate = certificate("gateway", keys);
    another = certificate("another", keys("another"));
    Path key =
        pem("gateway.key", "PRIVATE KEY", keys.getKey("a", PASSWORD.toCharArray()).getEncoded());
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT.with(
                GatewayConfig.DEFAULT.onPort(0).with(new TlsConfig(certificate, key))),
            directory.resolve("data"));
  }

  @AfterAll
  static void stop() {
    pipeline.close();
  }

  private static KeyStore keys(String name) throws Exception {
    Path file = directory.resolve(name + ".p12");
    String options =
        "-genkeypair -alias a -keyalg EC -dname CN=gateway -ext san=ip:127.0.0.1 -storetype PKCS12"
            + (" -storepass " + PASSWORD + " -keystore " + file);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(options.split(" ", -1)));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    return KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
  }

  private static Path certificate(String name, KeyStore keys) throws Exception {
    return pem(name + ".crt", "CERTIFICATE", keys.getCertificate("a").getEncoded());
  }

  private static Path pem(String file, String type, byte[] content) throws IOException {
    String base64 = Base64.getMimeEncoder().encodeToString(content);
    return Files.writeString(
        directory.resolve(file),
        "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n");
  }

  @Test
  void shouldTrustTheAuthorityThatIsNamed() {
    Result result =
        Cli.execute("batches", "--gateway", pipeline.address(), "--ca-file", certificate);

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void shouldNameTheOptionWhereTheCertificateIsNotTrusted() {
    Result unknown = Cli.execute("batches", "--gateway", pipeline.address());
    Result other = Cli.execute("gc", "--gateway", pipeline.address(), "--ca-file", another);

    for (Result result : List.of(unknown, other)) {
      assertThat(result.exitCode()).isEqualTo(3);
      assertThat(result.err())
          .contains("found a certificate that is not trusted", "--ca-file")
          .doesNotContain("a defect");
    }
  }

  @Test
  void shouldNotTakeACertificateForAnotherHost() {
    String otherName = pipeline.address().toString().replace("127.0.0.1", "localhost");

    Result result = Cli.execute("batches", "--gateway", otherName, "--ca-file", certificate);

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).contains("expected one for this host");
  }

  @Test
  void shouldRefuseAFileWithoutCertificates() throws Exception {
    Path empty = Files.writeString(directory.resolve("empty.crt"), "hello");

    Result result = Cli.execute("gc", "--gateway", pipeline.address(), "--ca-file", empty);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(empty.toString(), "expected a file of certificates in PEM");
  }
}
