package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.cli.Cli.Result;
import io.oci2wasm.cli.pipeline.Pipeline;
import io.oci2wasm.cli.pipeline.PipelineConfig;
import io.oci2wasm.gateway.GatewayConfig;
import io.oci2wasm.gateway.TlsConfig;
import io.oci2wasm.testsupport.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that call a gateway whose certificate no public authority signed. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class GatewayTlsIT {
  @TempDir private static Path directory;
  private static Path certificate;
  private static Path another;
  private static Pipeline pipeline;

  @BeforeAll
  static void start() throws Exception {
    TestCertificate ours = TestCertificate.create(directory, "gateway", "ip:127.0.0.1");
    certificate = ours.certificate();
    another = TestCertificate.create(directory, "another", "ip:127.0.0.1").certificate();
    pipeline =
        Pipeline.start(
            PipelineConfig.DEFAULT.with(
                GatewayConfig.DEFAULT.onPort(0).with(new TlsConfig(certificate, ours.key()))),
            directory.resolve("data"));
  }

  @AfterAll
  static void stop() {
    pipeline.close();
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
