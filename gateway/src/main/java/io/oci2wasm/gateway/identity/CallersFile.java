package io.oci2wasm.gateway.identity;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file of callers: {@code NAME ROLE DIGEST} in each line, where DIGEST is {@code sha256:} of the
 * caller's token. Empty lines and those that begin with {@code #} say nothing. Tokens are random,
 * so their plain digest tells nothing about them.
 */
public final class CallersFile {
  private CallersFile() {}

  /** The line of a caller who has {@code token}. */
  public static String line(Caller caller, String token) {
    return caller.name()
        + " "
        + caller.role()
        + " "
        + Sha256Digest.of(token.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The callers in {@code file} by the digests of their tokens; none are a way to let nobody in.
   *
   * @throws ConfigException if it cannot be read, a line is no caller, or two have one name or one
   *     token
   */
  static Map<Sha256Digest, Caller> read(Path file) {
    try {
      return parse(file, Files.readAllLines(file));
    } catch (IOException e) {
      throw new ConfigException("callers file " + file + ": cannot be read: " + e, e);
    }
  }

  private static Map<Sha256Digest, Caller> parse(Path file, List<String> lines) {
    Map<Sha256Digest, Caller> callers = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    int number = 0;
    for (String line : lines) {
      number++;
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      try {
        String[] words = text.split("\\s+", -1);
        if (words.length != 3) {
          throw new IllegalArgumentException(
              "found " + words.length + " words, expected NAME ROLE DIGEST");
        }
        Caller caller = new Caller(words[0], Role.parse(words[1]));
        if (!names.add(caller.name())) {
          throw new IllegalArgumentException("found " + caller.name() + " twice");
        }
        if (callers.put(Sha256Digest.parse(words[2]), caller) != null) {
          throw new IllegalArgumentException("found a token that another caller has");
        }
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            "callers file " + file + ", line " + number + ": " + e.getMessage(), e);
      }
    }
    return callers;
  }
}
