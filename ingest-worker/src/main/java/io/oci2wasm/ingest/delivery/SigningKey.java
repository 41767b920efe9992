package io.oci2wasm.ingest.delivery;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.PemKeys;
import io.oci2wasm.runtime.config.SecretFile;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import org.jspecify.annotations.Nullable;

/** A key in a file. */
final class SigningKey implements Signer {
  private final PrivateKey key;
  private final PublicKey publicKey;
  private final String id;

  private SigningKey(PrivateKey key, PublicKey publicKey) {
    this.key = key;
    this.publicKey = publicKey;
    this.id = Sha256Digest.of(publicKey.getEncoded()).hex();
  }

  /**
   * The key in a PEM file, which has its public key, too: ECDSA, RSA or Ed25519.
   *
   * @throws ConfigException if it cannot be used
   */
  static SigningKey load(Path file) {
    String pem = SecretFile.read(file);
    PublicKey publicKey =
        PemKeys.publicKey(pem)
            .orElseThrow(
                () -> bad(file, "no block BEGIN PUBLIC KEY with an EC, RSA or Ed25519 key", null));
    try {
      PrivateKey key =
          PemKeys.privateKey(pem, publicKey)
              .orElseThrow(() -> bad(file, "no block BEGIN PRIVATE KEY", null));
      return new SigningKey(key, publicKey);
    } catch (GeneralSecurityException e) {
      // Without its text: it may quote the key.
      throw bad(file, "a private key that is not the public key's", e);
    }
  }

  private static ConfigException bad(Path file, String found, @Nullable Exception cause) {
    String message =
        String.format(
            "delivery.signingKeyFile: found %s in %s, expected a private key as PKCS #8 without a"
                + " password and its public key, both in PEM form (docs/SECURITY.md says how to"
                + " make them)",
            found, file);
    return new ConfigException(message, cause);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public byte[] sign(byte[] message) {
    try {
      return PemKeys.sign(key, publicKey, message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a key that signed when it was read signs no more", e);
    }
  }
}
