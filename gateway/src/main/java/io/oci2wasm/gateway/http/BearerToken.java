package io.oci2wasm.gateway.http;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.config.SecretFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a caller must present as {@code Authorization: Bearer SECRET} (RFC 6750, section 2.1).
 * Digests of both sides are compared, in constant time, so that neither content nor length leaks.
 */
public final class BearerToken {
  private static final Pattern HEADER = Pattern.compile("(?i:bearer) +(\\S+) *");

  private final byte @Nullable [] expected;

  private BearerToken(byte @Nullable [] expected) {
    this.expected = expected;
  }

  /** The token in {@code file}; without a file everyone is let in. */
  public static BearerToken fromFile(@Nullable Path file) {
    return new BearerToken(file == null ? null : digest(SecretFile.read(file)));
  }

  /** Whether a request with this {@code Authorization} header is let in. */
  public boolean admits(@Nullable String authorization) {
    if (expected == null) {
      return true;
    }
    if (authorization == null) {
      return false;
    }
    Matcher matcher = HEADER.matcher(authorization);
    return matcher.matches() && MessageDigest.isEqual(expected, digest(matcher.group(1)));
  }

  private static byte[] digest(String secret) {
    return Sha256Digest.newMessageDigest().digest(secret.getBytes(StandardCharsets.UTF_8));
  }
}
