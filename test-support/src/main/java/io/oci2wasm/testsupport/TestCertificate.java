package io.oci2wasm.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;

/**
 * A certificate that no authority signed, made by the JDK's keytool, and its private key.
 *
 * @param keyStore both, as PKCS #12 with {@link #PASSWORD}
 * @param certificate in PEM form
 * @param key in PEM form
 */
public record TestCertificate(Path keyStore, Path certificate, Path key) {
  public static final String PASSWORD = "changeit";

  /**
   * Makes files called {@code name} in {@code directory}.
   *
   * @param hosts as keytool has them, e.g. {@code ip:127.0.0.1,dns:localhost}
   */
  public static TestCertificate create(Path directory, String name, String hosts) throws Exception {
    Path file = directory.resolve(name + ".p12");
    String options =
        "-genkeypair -alias a -keyalg EC -dname CN=test -storetype PKCS12 -ext san="
            + hosts
            + (" -storepass " + PASSWORD + " -keystore " + file);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(options.split(" ", -1)));
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IllegalStateException("keytool ended with " + code);
    }
    KeyStore keys = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    Key key = keys.getKey("a", PASSWORD.toCharArray());
    return new TestCertificate(
        file,
        pem(directory.resolve(name + ".crt"), "CERTIFICATE", keys.getCertificate("a").getEncoded()),
        pem(directory.resolve(name + ".key"), "PRIVATE KEY", key.getEncoded()));
  }

  private static Path pem(Path file, String type, byte[] content) throws IOException {
    return Files.writeString(file, TestPem.block(type, content));
  }
}
