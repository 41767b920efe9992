package io.oci2wasm.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.apache.commons.io.file.PathUtils;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/** An S3 server on a loopback port, above a directory. Its credentials lie beside it. */
public final class EmbeddedStore implements AutoCloseable {
  private static final int SECRET_BYTES = 24;

  /** What S3Proxy calls an upload and its parts in the bucket's directory. */
  private static final String UNFINISHED = "{.s3proxy-mpu-stub-,.mpus-}*";

  private final S3Proxy server;
  private final Path accessKeyId;
  private final Path secretAccessKey;

  private EmbeddedStore(S3Proxy server, Path accessKeyId, Path secretAccessKey) {
    this.server = server;
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
  }

  /**
   * Starts the server. Multipart uploads that were under way when the last one ended are gone: of
   * one that was killed they would stay, unseen by whoever lists the bucket.
   *
   * @param directory of the objects; created if missing
   */
  public static EmbeddedStore start(Path directory) throws IOException {
    // S3Proxy wants an absolute path that exists: else multipart uploads fail.
    Path objects = Files.createDirectories(directory.toAbsolutePath().normalize());
    removeUnfinished(objects);
    Path id = credential(objects.resolveSibling("s3-access-key-id"));
    Path secret = credential(objects.resolveSibling("s3-secret-access-key"));
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(files(objects))
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(
                AuthenticationType.AWS_V4, Files.readString(id), Files.readString(secret))
            .build();
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("embedded object store: cannot start: " + e.getMessage(), e);
    }
    return new EmbeddedStore(server, id, secret);
  }

  /** Objects as files below {@code root}, an absolute path that exists. */
  public static BlobStore files(Path root) {
    return new PagedListing(new FilesystemNio2BlobStore(root.toString()), root);
  }

  private static void removeUnfinished(Path objects) throws IOException {
    try (DirectoryStream<Path> buckets = Files.newDirectoryStream(objects, Files::isDirectory)) {
      for (Path bucket : buckets) {
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(bucket, UNFINISHED)) {
          for (Path upload : unfinished) {
            PathUtils.delete(upload);
          }
        }
      }
    }
  }

  private static Path credential(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] random = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(random);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, HexFormat.of().formatHex(random));
    }
    return file;
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  public Path accessKeyIdFile() {
    return accessKeyId;
  }

  public Path secretAccessKeyFile() {
    return secretAccessKey;
  }

  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("embedded object store: cannot stop: " + e.getMessage(), e);
    }
  }
}
