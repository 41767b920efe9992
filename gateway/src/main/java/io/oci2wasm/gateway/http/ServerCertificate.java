package io.oci2wasm.gateway.http;

import io.oci2wasm.gateway.TlsConfig;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.PemKeys;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The gateway's certificate and key, from PEM files (RFC 7468). */
final class ServerCertificate {
  private ServerCertificate() {}

  /**
   * A TLS context that presents the certificate.
   *
   * @param tls with both files
   * @throws ConfigException if they cannot be used, or do not belong together
   */
  static SSLContext load(TlsConfig tls) {
    Path certificateFile = Objects.requireNonNull(tls.certificateFile());
    Path keyFile = Objects.requireNonNull(tls.keyFile());
    Certificate[] chain = certificates(certificateFile);
    PrivateKey key = key(keyFile, chain[0].getPublicKey());
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      char[] noPassword = {};
      store.load(null, null);
      store.setKeyEntry("gateway", key, noPassword, chain);
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, noPassword);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime has no TLS", e);
    }
  }

  private static Certificate[] certificates(Path file) {
    try {
      Certificate[] chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
              .toArray(new Certificate[0]);
      if (chain.length == 0) {
        throw new IOException("no certificate in it");
      }
      return chain;
    } catch (GeneralSecurityException | IOException e) {
      throw new ConfigException(
          String.format(
              "gateway.tls.certificateFile: found %s (%s), expected certificates in PEM"
                  + " form, the gateway's own first",
              file, e),
          e);
    }
  }

  private static PrivateKey key(Path file, PublicKey publicKey) {
    String pem = SecretFile.read(file);
    try {
      return PemKeys.privateKey(pem, publicKey)
          .orElseThrow(() -> badKey(file, "no block BEGIN PRIVATE KEY", null));
    } catch (GeneralSecurityException e) {
      // Without its text: it may quote the key.
      throw badKey(file, "no key of the certificate", e);
    }
  }

  private static ConfigException badKey(Path file, String found, @Nullable Exception cause) {
    String message =
        String.format(
            "gateway.tls.keyFile: found %s in %s, expected the certificate's private key"
                + " in PEM form as PKCS #8 without a password (openssl pkcs8 -topk8 -nocrypt"
                + " makes one)",
            found, file);
    return new ConfigException(message, cause);
  }
}
