package io.oci2wasm.gateway;

import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Certificate and key of the gateway. Without files it speaks plain HTTP. */
public record TlsConfig(
    @ConfigKey(meaning = "The certificate with those that lead to its authority, PEM.")
        @Nullable Path certificateFile,
    @ConfigKey(meaning = "Its private key, PEM, as PKCS #8 without a password.")
        @Nullable Path keyFile) {
  public static final TlsConfig NONE = ConfigFile.defaults(TlsConfig.class);

  public TlsConfig {
    if ((certificateFile == null) != (keyFile == null)) {
      throw new IllegalArgumentException(
          String.format(
              "tls: found %s alone, expected both certificateFile and keyFile, or none",
              keyFile == null ? "certificateFile" : "keyFile"));
    }
  }

  /** Whether the gateway is reached by https. */
  public boolean configured() {
    return certificateFile != null;
  }
}
