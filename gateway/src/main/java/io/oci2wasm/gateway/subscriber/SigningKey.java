package io.oci2wasm.gateway.subscriber;

import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a subscriber's events are signed with (Standard Webhooks 1.0.0, "Signature scheme",
 * symmetric signatures).
 */
final class SigningKey {
  private static final String HMAC = "HmacSHA256";
  private static final String PREFIX = "whsec_";
  private static final int MIN_BYTES = 24;

  private final byte[] bytes;

  private SigningKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The key in {@code file}: {@code whsec_} and base64, or else the text itself.
   *
   * @throws ConfigException if there is none, or it is too short
   */
  static SigningKey fromFile(Path file) {
    String text = SecretFile.read(file);
    byte[] bytes;
    try {
      bytes =
          text.startsWith(PREFIX)
              ? Base64.getDecoder().decode(text.substring(PREFIX.length()))
              : text.getBytes(StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // Without its cause, which may quote the secret.
      throw new ConfigException(
          "secret file " + file + ": found no base64 after " + PREFIX + ", expected base64");
    }
    if (bytes.length < MIN_BYTES) {
      throw new ConfigException(
          String.format(
              "secret file %s: found %s bytes, expected %s or more, e.g. %s and the output"
                  + " of: head -c 32 /dev/urandom | base64",
              file, bytes.length, MIN_BYTES, PREFIX));
    }
    return new SigningKey(bytes);
  }

  /** The header {@code webhook-signature} of a message. */
  String sign(String id, long timestamp, byte[] body) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(bytes, HMAC));
      mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has HMAC-SHA256", e);
    }
  }
}
