package io.oci2wasm.runtime.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads a secret from a file. So secrets appear neither in a process list nor in a configuration.
 */
public final class SecretFile {
  private SecretFile() {}

  /**
   * The file's content without surrounding white space.
   *
   * @throws ConfigException if it cannot be read or is empty: an empty secret would let anyone in
   */
  public static String read(Path file) {
    try {
      String secret = Files.readString(file).strip();
      if (secret.isEmpty()) {
        throw new ConfigException("secret file " + file + ": found nothing, expected a secret");
      }
      return secret;
    } catch (IOException e) {
      throw new ConfigException("secret file " + file + ": " + Unreadable.why(e), e);
    }
  }
}
