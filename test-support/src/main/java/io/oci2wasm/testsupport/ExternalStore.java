package io.oci2wasm.testsupport;

import io.oci2wasm.embedded.EmbeddedStore;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;

/**
 * The embedded S3 server as a process of its own: {@code ExternalStore DIR}. Prints its address
 * when it serves; its credentials lie beside DIR. {@code ExternalStore DIR URL ID_FILE SECRET_FILE}
 * serves at an address, and with credentials, that others know already.
 */
public final class ExternalStore {
  private ExternalStore() {}

  public static void main(String[] args) throws Exception {
    System.out.println(
        args.length == 1 ? EmbeddedStore.start(Path.of(args[0])).endpoint() : known(args));
  }

  private static URI known(String... args) throws Exception {
    Path directory = Files.createDirectories(Path.of(args[0]).toAbsolutePath());
    URI endpoint = URI.create(args[1]);
    S3Proxy.builder()
        .blobStore(EmbeddedStore.files(directory))
        .endpoint(endpoint)
        .awsAuthentication(
            AuthenticationType.AWS_V4,
            Files.readString(Path.of(args[2])),
            Files.readString(Path.of(args[3])))
        .build()
        .start();
    return endpoint;
  }
}
