package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.testsupport.TestPem;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class CommandSignerTest {
  private static final byte[] MESSAGE = "DSSEv1 1 a 1 b".getBytes(UTF_8);
  private static final String SECRET = "token-of-the-kms";

  @TempDir private Path directory;
  private KeyPair pair;

  @BeforeEach
  void setUp() throws Exception {
    pair = SigningKeyTest.pair("EC");
  }

  private SignerConfig config(String... command) throws Exception {
    Path publicKey = directory.resolve("signing.pub");
    Files.writeString(publicKey, TestPem.block("PUBLIC KEY", pair.getPublic().getEncoded()));
    return new SignerConfig(List.of(command), publicKey, Duration.ofSeconds(20));
  }

  private CommandSigner shell(String script) throws Exception {
    return CommandSigner.of(config("/bin/sh", "-c", script, "sh", SECRET));
  }

  private Path privateKey(KeyPair of) throws Exception {
    return Files.writeString(
        directory.resolve("private.pem"),
        TestPem.block("PRIVATE KEY", of.getPrivate().getEncoded()));
  }

  static void assumeOpenssl() {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "openssl"))),
        "openssl is not on this machine");
  }

  @ParameterizedTest
  @CsvSource({
    "EC, SHA256withECDSA, openssl dgst -sha256 -sign",
    "RSA, SHA256withRSA, openssl dgst -sha256 -sign",
    "Ed25519, Ed25519, openssl pkeyutl -sign -rawin -in /dev/stdin -inkey"
  })
  void shouldSignAsOpensslDoes(String algorithm, String signature, String command)
      throws Exception {
    assumeOpenssl();
    pair = SigningKeyTest.pair(algorithm);
    CommandSigner signer = shell(command + " " + privateKey(pair) + " | base64");

    byte[] signed = signer.sign(MESSAGE);

    Signature verifying = Signature.getInstance(signature);
    verifying.initVerify(pair.getPublic());
    verifying.update(MESSAGE);
    assertThat(verifying.verify(signed)).isTrue();
    assertThat(signer.id()).isEqualTo(Sha256Digest.of(pair.getPublic().getEncoded()).hex());
  }

  @Test
  void shouldSignMoreThanAPipeHolds() throws Exception {
    assumeOpenssl();
    byte[] large = new byte[8 << 20];
    CommandSigner signer =
        shell("openssl dgst -sha256 -sign " + privateKey(pair) + " | base64 -w0");

    byte[] signed = signer.sign(large);

    Signature verifying = Signature.getInstance("SHA256withECDSA");
    verifying.initVerify(pair.getPublic());
    verifying.update(large);
    assertThat(verifying.verify(signed)).isTrue();
  }

  @Test
  void shouldTakeNoSignatureOfAnotherKeyOrOtherBytes() throws Exception {
    assumeOpenssl();
    String other = "openssl dgst -sha256 -sign " + privateKey(SigningKeyTest.pair("EC"));
    assertFailed(shell(other + " | base64"), "a signature of another key or other bytes");
    String own = "openssl dgst -sha256 -sign " + privateKey(pair);
    assertFailed(
        shell("(cat; echo) | " + own + " | base64"), "a signature of another key or other bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "echo $1; echo $1 >&2; exit 3       | exit code 3",
        "echo \"{$1}\"                      | something that is no base64",
        "true                               | no signature of an EC key",
        "echo QUJD                          | no signature of an EC key",
        "exec yes                           | more than 16384 bytes",
        "exec >&-; sleep 30                 | no end after its output had ended",
      })
  void shouldSayWhatWentWrongAndQuoteNothing(String script, String found) throws Exception {
    assertFailed(shell(script), found);
  }

  private static void assertFailed(CommandSigner signer, String found) {
    assertThatThrownBy(() -> signer.sign(MESSAGE))
        .isInstanceOf(SignerException.class)
        .hasMessageStartingWith("signing with the program /bin/sh: found ")
        .hasMessageContaining(found)
        .hasMessageContaining("expected a signature in base64")
        .hasStackTraceContaining("SignerException")
        .satisfies(e -> assertThat(e.toString() + e.getCause()).doesNotContain(SECRET));
  }

  /** What a program has left when it ended may count as its end, whoever else holds the pipe. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exec sleep 60 | no signature within 1 s | the program itself",
        "sleep 60 & exit 0 | found | what it has started"
      })
  void shouldEndWhatHoldsItsOutputTooLong(String script, String found, String who)
      throws Exception {
    SignerConfig quick =
        new SignerConfig(
            List.of("/bin/sh", "-c", script),
            config("/bin/true").publicKeyFile(),
            Duration.ofSeconds(1));
    long began = System.nanoTime();

    assertFailed(CommandSigner.of(quick), found);

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as(who)
        .isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void shouldFailLaterWhereTheProgramIsGone() throws Exception {
    CommandSigner signer = CommandSigner.of(config("oci2wasm-no-such-program"));

    assertThatThrownBy(() -> signer.sign(MESSAGE))
        .isInstanceOf(SignerException.class)
        .hasMessageContaining("found no such program that can be run");
  }

  @Test
  void shouldRefuseAtStartWhatCanNeverSign() throws Exception {
    SignerConfig missing = config(directory.resolve("missing").toString());
    assertThatThrownBy(() -> CommandSigner.of(missing))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("delivery.signer.command: found no program")
        .hasMessageContaining("missing");

    SignerConfig none = config("/bin/sh");
    Files.writeString(directory.resolve("signing.pub"), "no key");
    assertThatThrownBy(() -> CommandSigner.of(none))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("delivery.signer.publicKeyFile: found no block BEGIN PUBLIC KEY");
  }

  @Test
  void shouldWantCommandAndKeyAndABoundedTime() throws Exception {
    Path key = directory.resolve("key");
    Duration time = Duration.ofSeconds(30);

    assertThatThrownBy(() -> new SignerConfig(List.of("sign"), null, time))
        .hasMessage(
            "signer: found command alone, expected both command and publicKeyFile, or none");
    assertThatThrownBy(() -> new SignerConfig(List.of(), key, time))
        .hasMessageContaining("found publicKeyFile alone");
    for (Duration bad : List.of(Duration.ofMillis(999), Duration.ofSeconds(601))) {
      assertThatThrownBy(() -> new SignerConfig(List.of("sign"), key, bad))
          .hasMessageContaining("expected 1s to 10m");
    }
    assertThatThrownBy(
            () ->
                new DeliveryConfig(
                    List.of(),
                    key,
                    new SignerConfig(List.of("sign"), key, time),
                    null,
                    DeliveryConfig.DEFAULT.work()))
        .hasMessageContaining("found signingKeyFile and signer, expected one of them");
  }
}
