package io.oci2wasm.ingest.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.testsupport.TestPem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init") // JUnit sets the field
class SigningKeyTest {
  @TempDir private Path directory;

  static Path file(Path directory, KeyPair pair) throws IOException {
    return TestPem.file(Files.createTempFile(directory, "key", ".pem"), pair);
  }

  static KeyPair pair(String algorithm) throws Exception {
    return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
  }

  @ParameterizedTest
  @CsvSource({"EC, SHA256withECDSA", "RSA, SHA256withRSA", "Ed25519, Ed25519"})
  void shouldSignWithTheKeyOfTheFile(String algorithm, String signature) throws Exception {
    KeyPair pair = pair(algorithm);
    SigningKey key = SigningKey.load(file(directory, pair));

    byte[] signed = key.sign("message".getBytes(UTF_8));

    Signature verifying = Signature.getInstance(signature);
    verifying.initVerify(pair.getPublic());
    verifying.update("message".getBytes(UTF_8));
    assertThat(verifying.verify(signed)).isTrue();
    assertThat(key.id()).isEqualTo(Sha256Digest.of(pair.getPublic().getEncoded()).hex());
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "Ed25519"})
  void shouldRefuseThePublicKeyOfAnother(String algorithm) throws Exception {
    KeyPair mixed = new KeyPair(pair("EC").getPublic(), pair(algorithm).getPrivate());
    Path file = file(directory, mixed);

    assertThatThrownBy(() -> SigningKey.load(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("found a private key that is not the public key's in " + file);
  }

  @Test
  void shouldWantBothKeysWithoutPasswordAndQuoteNone() throws Exception {
    KeyPair pair = pair("EC");
    String secret = TestPem.block("PRIVATE KEY", pair.getPrivate().getEncoded());
    String open = TestPem.block("PUBLIC KEY", pair.getPublic().getEncoded());

    assertRefused(secret, "no block BEGIN PUBLIC KEY");
    assertRefused(open, "no block BEGIN PRIVATE KEY");
    assertRefused(secret.replace("PRIVATE", "ENCRYPTED PRIVATE") + open, "no block BEGIN PRIVATE");
    assertRefused(secret.replace("PRIVATE", "EC PRIVATE") + open, "no block BEGIN PRIVATE");
    assertRefused(
        TestPem.block("PRIVATE KEY", "c2VjcmV0".getBytes(UTF_8)) + open, "not the public key's");
    assertRefused(secret + TestPem.block("PUBLIC KEY", new byte[20]), "no block BEGIN PUBLIC KEY");
    assertRefused("-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----", "no block BEGIN");
  }

  private void assertRefused(String pem, String found) throws Exception {
    Path file = Files.writeString(directory.resolve("bad.pem"), pem);
    assertThatThrownBy(() -> SigningKey.load(file))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("delivery.signingKeyFile: found ")
        .hasMessageContaining(found)
        .hasMessageContaining("expected a private key as PKCS #8 without a password")
        .hasMessageNotContaining("c2VjcmV0")
        .hasMessageNotContaining(pem.lines().skip(1).findFirst().orElseThrow());
  }
}
