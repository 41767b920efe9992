package io.oci2wasm.gateway;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Certificate and key of the gateway. Without files it speaks plain HTTP.
 *
 * @param certificateFile the certificate and those that lead to its authority (PEM)
 * @param keyFile its private key (PEM, PKCS #8, without a password)
 */
public record TlsConfig(@Nullable Path certificateFile, @Nullable Path keyFile) {
  public static final TlsConfig NONE = new TlsConfig(null, null);

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
