package io.oci2wasm.ingest.delivery;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A program that signs, and the public key of what it signs with. */
public record SignerConfig(
    @ConfigKey(
            meaning =
                "The program with its arguments; no shell reads them. It gets the bytes to sign on "
                    + "standard input, and prints the signature in base64.",
            byDefault = "[]")
        List<String> command,
    @ConfigKey(
            meaning =
                "The public key, PEM. Each signature is verified with it before it is pushed.")
        @Nullable Path publicKeyFile,
    @ConfigKey(
            meaning = "Time limit for one signature, 1s to 10m; then the program is ended.",
            byDefault = "30s")
        Duration timeout) {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  public static final SignerConfig NONE = ConfigFile.defaults(SignerConfig.class);

  public SignerConfig {
    command = List.copyOf(command);
    if (command.isEmpty() != (publicKeyFile == null)) {
      throw new IllegalArgumentException(
          String.format(
              "signer: found %s alone, expected both command and publicKeyFile, or none",
              publicKeyFile == null ? "command" : "publicKeyFile"));
    }
    if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "timeout: found " + timeout.toMillis() + "ms, expected 1s to 10m");
    }
  }

  /** Whether there is such a program. */
  boolean configured() {
    return publicKeyFile != null;
  }
}
