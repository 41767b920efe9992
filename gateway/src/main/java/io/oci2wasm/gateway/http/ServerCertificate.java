package io.oci2wasm.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.oci2wasm.gateway.TlsConfig;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The gateway's certificate and key, from PEM files (RFC 7468). */
final class ServerCertificate {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

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
    Matcher pem = KEY.matcher(SecretFile.read(file));
    if (!pem.find()) {
      throw badKey(file, "no block BEGIN PRIVATE KEY", null);
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
      PrivateKey key =
          KeyFactory.getInstance(publicKey.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(der));
      if (!belongTogether(key, publicKey)) {
        throw badKey(file, "the key of another certificate", null);
      }
      return key;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      // Without its text: it may quote the key.
      throw badKey(file, "what is no key for the certificate", e);
    }
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey)
      throws GeneralSecurityException {
    String algorithm =
        switch (publicKey.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> publicKey.getAlgorithm();
        };
    byte[] sample = "oci2wasm".getBytes(US_ASCII);
    Signature signing = Signature.getInstance(algorithm);
    signing.initSign(key);
    signing.update(sample);
    Signature verifying = Signature.getInstance(algorithm);
    verifying.initVerify(publicKey);
    verifying.update(sample);
    return verifying.verify(signing.sign());
  }

  private static ConfigException badKey(Path file, String found, @Nullable Exception cause) {
    String message =
        String.format(
            "gateway.tls.keyFile: found %s in %s, expected the certificate's private key"
                + " in PEM form as PKCS #8 without a password (openssl pkcs8 -topk8 -nocrypt"
                + " makes one)",
            found, file);
    return cause == null ? new ConfigException(message) : new ConfigException(message, cause);
  }
}
