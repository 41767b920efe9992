package io.oci2wasm.runtime.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trusted authorities: those of the Java runtime, and those of a file. */
public final class TrustedCertificates {
  private TrustedCertificates() {}

  /**
   * A TLS context that believes the certificates in {@code caFile} (PEM) too.
   *
   * @throws ConfigException if the file cannot be read or holds none
   */
  public static SSLContext with(@Nullable Path caFile) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, caFile == null ? null : trustManagers(read(caFile)), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw caFile == null
          ? new IllegalStateException("this Java runtime has no TLS", e)
          : new ConfigException(
              String.format(
                  "certificates of authorities, file %s: found %s, expected a file of certificates"
                      + " in PEM form",
                  caFile, found(e)),
              e);
    }
  }

  private static String found(Exception e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    return e instanceof CertificateException ? "no certificate" : String.valueOf(e.getMessage());
  }

  private static Collection<? extends Certificate> read(Path caFile)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(caFile)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new IOException("no certificate");
      }
      return certificates;
    }
  }

  private static TrustManager[] trustManagers(Collection<? extends Certificate> more)
      throws GeneralSecurityException, IOException {
    KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
    all.load(null, null);
    int name = 0;
    for (TrustManager manager : factory(null).getTrustManagers()) {
      if (manager instanceof X509TrustManager usual) {
        for (X509Certificate certificate : usual.getAcceptedIssuers()) {
          all.setCertificateEntry("usual-" + name++, certificate);
        }
      }
    }
    for (Certificate certificate : more) {
      all.setCertificateEntry("more-" + name++, certificate);
    }
    return factory(all).getTrustManagers();
  }

  private static TrustManagerFactory factory(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }
}
