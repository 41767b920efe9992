package io.oci2wasm.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;

/** PEM files (RFC 7468) as openssl writes them. */
public final class TestPem {
  private TestPem() {}

  /** A file of both keys. */
  public static Path file(Path file, KeyPair pair) throws IOException {
    return Files.writeString(
        file,
        block("PRIVATE KEY", pair.getPrivate().getEncoded())
            + block("PUBLIC KEY", pair.getPublic().getEncoded()));
  }

  /** One block. */
  public static String block(String label, byte[] der) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n";
  }
}
