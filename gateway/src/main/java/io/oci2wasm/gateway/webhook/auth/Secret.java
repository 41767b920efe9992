package io.oci2wasm.gateway.webhook.auth;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.config.SecretFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A secret shared with a sender. Everything is compared in constant time. */
public final class Secret {
  private static final String HMAC = "HmacSHA256";

  private final byte[] bytes;

  private Secret(String text) {
    this.bytes = text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The secret in {@code file}.
   *
   * @throws io.oci2wasm.runtime.config.ConfigException if there is none
   */
  public static Secret fromFile(Path file) {
    return new Secret(SecretFile.read(file));
  }

  /** Whether {@code presented} is the secret; digests are compared, so that no length leaks. */
  boolean is(String presented) {
    return MessageDigest.isEqual(digest(bytes), digest(presented.getBytes(StandardCharsets.UTF_8)));
  }

  /** Whether {@code signature} is the HMAC-SHA256 of {@code body} under the secret, in hex. */
  boolean signed(byte[] body, String signature) {
    byte[] expected = HexFormat.of().formatHex(hmac(body)).getBytes(StandardCharsets.US_ASCII);
    byte[] presented = signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(expected, presented);
  }

  private byte[] hmac(byte[] body) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(bytes, HMAC));
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has HMAC-SHA256", e);
    }
  }

  private static byte[] digest(byte[] content) {
    return Sha256Digest.newMessageDigest().digest(content);
  }
}
