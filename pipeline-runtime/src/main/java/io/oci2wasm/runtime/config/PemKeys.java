package io.oci2wasm.runtime.config;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys in PEM form without a password (RFC 7468, sections 10 and 13). */
public final class PemKeys {
  private static final List<String> ALGORITHMS = List.of("EC", "RSA", "Ed25519");

  private PemKeys() {}

  /**
   * The first private key (PKCS #8) in a text; empty if there is no such block.
   *
   * @throws GeneralSecurityException if it is no key of {@code publicKey}; it may quote the key
   */
  public static Optional<PrivateKey> privateKey(String pem, PublicKey publicKey)
      throws GeneralSecurityException {
    Optional<byte[]> der = block(pem, "PRIVATE KEY");
    if (der.isEmpty()) {
      return Optional.empty();
    }
    PrivateKey key =
        KeyFactory.getInstance(publicKey.getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(der.get()));
    byte[] sample = "oci2wasm".getBytes(US_ASCII);
    if (!verify(publicKey, sample, sign(key, publicKey, sample))) {
      throw new GeneralSecurityException("the key of another public key");
    }
    return Optional.of(key);
  }

  /**
   * The first public key (SubjectPublicKeyInfo) in a text; empty if there is none that this Java
   * runtime knows.
   */
  public static Optional<PublicKey> publicKey(String pem) {
    Optional<byte[]> der = block(pem, "PUBLIC KEY");
    for (String algorithm : der.isPresent() ? ALGORITHMS : List.<String>of()) {
      try {
        return Optional.of(
            KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der.get())));
      } catch (GeneralSecurityException e) {
        // A key of another algorithm.
      }
    }
    return Optional.empty();
  }

  private static Optional<byte[]> block(String pem, String label) {
    Matcher block =
        Pattern.compile(
                "-----BEGIN " + label + "-----([A-Za-z0-9+/=\\s]+)-----END " + label + "-----")
            .matcher(pem);
    try {
      return block.find()
          ? Optional.of(Base64.getMimeDecoder().decode(block.group(1)))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Signs with SHA-256: RSA by PKCS #1 v1.5, ECDSA in DER form; with Ed25519 as it is. */
  public static byte[] sign(PrivateKey key, PublicKey publicKey, byte[] message)
      throws GeneralSecurityException {
    Signature signing = Signature.getInstance(signatureAlgorithm(publicKey));
    signing.initSign(key);
    signing.update(message);
    return signing.sign();
  }

  /**
   * Whether {@code signature} is what {@link #sign} would give for the message.
   *
   * @throws GeneralSecurityException if it has not the form of one
   */
  public static boolean verify(PublicKey publicKey, byte[] message, byte[] signature)
      throws GeneralSecurityException {
    Signature verifying = Signature.getInstance(signatureAlgorithm(publicKey));
    verifying.initVerify(publicKey);
    verifying.update(message);
    return verifying.verify(signature);
  }

  private static String signatureAlgorithm(PublicKey publicKey) {
    return switch (publicKey.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> publicKey.getAlgorithm();
    };
  }
}
