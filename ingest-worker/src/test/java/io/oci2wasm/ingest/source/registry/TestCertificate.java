package io.oci2wasm.ingest.source.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A certificate that no authority signed, made by the JDK's keytool, and its private key. */
final class TestCertificate {
  static final String PASSWORD = "changeit";

  final Path keyStore;

  /** The certificate alone, in PEM form. */
  final Path pem;

  private TestCertificate(Path keyStore, Path pem) {
    this.keyStore = keyStore;
    this.pem = pem;
  }

  /** {@code names} as keytool has them, e.g. {@code ip:127.0.0.1,dns:localhost}. */
  static TestCertificate create(Path directory, String names) throws Exception {
    Path file = directory.resolve("key.p12");
    String options =
        "-genkeypair -alias a -keyalg EC -dname CN=test -storetype PKCS12 -ext san="
            + names
            + (" -storepass " + PASSWORD + " -keystore " + file);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(options.split(" ", -1)));
    Process keytool = new ProcessBuilder(command).inheritIO().start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    String base64 = Base64.getMimeEncoder().encodeToString(store.getCertificate("a").getEncoded());
    return new TestCertificate(
        file,
        Files.writeString(
            directory.resolve("certificate.pem"),
            "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n"));
  }
}
