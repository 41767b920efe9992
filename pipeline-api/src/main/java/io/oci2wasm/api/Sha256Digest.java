package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A content digest, {@code sha256:} and 64 lower-case hex digits (image-spec 1.1, descriptor.md,
 * "Digests"). Other registered algorithms are refused: every registry in use serves SHA-256.
 */
public record Sha256Digest(String hex) implements Comparable<Sha256Digest> {
  private static final String PREFIX = "sha256:";
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public Sha256Digest {
    if (!HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException(
          "SHA-256 digest: found \"" + hex + "\", expected 64 lower-case hex digits");
    }
  }

  /**
   * Reads the {@code sha256:<hex>} form.
   *
   * @throws IllegalArgumentException if {@code text} has another form or algorithm
   */
  @JsonCreator
  public static Sha256Digest parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException(
          "digest: found \"" + text + "\", expected sha256:<64 hex digits>");
    }
    return new Sha256Digest(text.substring(PREFIX.length()));
  }

  /** The digest of {@code bytes}. */
  public static Sha256Digest of(byte[] bytes) {
    return from(newMessageDigest().digest(bytes));
  }

  /** The digest whose 32 raw bytes are given. */
  public static Sha256Digest from(byte[] rawDigest) {
    return new Sha256Digest(HexFormat.of().formatHex(rawDigest));
  }

  /** A fresh SHA-256 computation. */
  public static MessageDigest newMessageDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The first 12 hex digits, for ids and messages that people read. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(Sha256Digest other) {
    return hex.compareTo(other.hex);
  }

  @JsonValue
  @Override
  public String toString() {
    return PREFIX + hex;
  }
}
