package io.oci2wasm.runtime.store;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * One bucket of an S3-compatible store. Objects appear whole or not at all, and are never changed.
 * Thread-safe. Every method but those of plain memory throws {@link UnavailableException} when the
 * store does not answer or refuses, and {@link ClosedClientException} after the client was closed.
 */
public final class ObjectStore implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 64;
  private static final int NOT_FOUND = 404;

  private final S3Client client;
  private final String bucket;
  private final int partSize;

  private ObjectStore(S3Client client, String bucket, int partSize) {
    this.client = client;
    this.bucket = bucket;
    this.partSize = partSize;
  }

  /** Opens the store; nothing is asked of it yet. */
  public static ObjectStore open(StoreConfig config) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(Region.of(config.region()))
            .forcePathStyle(config.pathStyle())
            // Servers other than AWS's know no trailing checksums; ours are the SHA-256 digests.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .httpClientBuilder(Apache5HttpClient.builder().maxConnections(MAX_CONNECTIONS));
    if (config.endpoint() != null) {
      builder.endpointOverride(config.endpoint());
    }
    Path id = config.accessKeyIdFile();
    Path secret = config.secretAccessKeyFile();
    builder.credentialsProvider(
        id == null || secret == null
            ? DefaultCredentialsProvider.builder().build()
            : StaticCredentialsProvider.create(
                AwsBasicCredentials.create(SecretFile.read(id), SecretFile.read(secret))));
    return new ObjectStore(
        builder.build(), config.bucket(), Math.toIntExact(config.partSize().bytes()));
  }

  /** Creates the bucket if it is missing. */
  public void ensureBucket() throws UnavailableException {
    if (!bucketExists()) {
      ask(
          "creating bucket",
          bucket,
          () -> {
            try {
              return client.createBucket(request -> request.bucket(bucket));
            } catch (BucketAlreadyOwnedByYouException e) {
              return null;
            }
          });
    }
  }

  private boolean bucketExists() throws UnavailableException {
    Object found =
        ask(
            "looking for bucket",
            bucket,
            () -> {
              try {
                return client.headBucket(request -> request.bucket(bucket));
              } catch (NoSuchBucketException e) {
                return null;
              }
            });
    return found != null;
  }

  /** Fails unless the bucket can be reached. */
  public void checkReachable() throws UnavailableException {
    if (!bucketExists()) {
      throw new StoreUnavailableException(
          "object store, bucket " + bucket + ": does not exist", null);
    }
  }

  /** The object under {@code key}, if there is one. */
  public Optional<ObjectInfo> head(String key) throws UnavailableException {
    return Optional.ofNullable(
        ask(
            "looking for",
            key,
            () -> {
              try {
                return new ObjectInfo(
                    key,
                    client.headObject(request -> request.bucket(bucket).key(key)).contentLength());
              } catch (S3Exception e) {
                if (isAbsent(e)) {
                  return null;
                }
                throw e;
              }
            }));
  }

  /** The object's bytes from the first on, if there is one. The caller closes the stream. */
  public Optional<InputStream> get(String key) throws UnavailableException {
    return get(key, null);
  }

  /** The object's bytes from {@code offset} on, which must lie within it, if it exists. */
  public Optional<InputStream> get(String key, long offset) throws UnavailableException {
    return get(key, "bytes=" + offset + "-");
  }

  /**
   * The whole of a small object, if there is one.
   *
   * @param limit bytes it may have at most
   */
  public Optional<byte[]> bytes(String key, int limit) throws IOException {
    Optional<InputStream> object = get(key);
    if (object.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = object.get()) {
      byte[] content = in.readNBytes(limit + 1);
      if (content.length > limit) {
        throw new IOException(
            "object store, reading " + key + ": found over " + limit + " bytes, expected fewer");
      }
      return Optional.of(content);
    }
  }

  private Optional<InputStream> get(String key, @Nullable String range)
      throws UnavailableException {
    return Optional.ofNullable(
        ask(
            "reading",
            key,
            () -> {
              try {
                return new StoredStream(
                    key, client.getObject(request -> request.bucket(bucket).key(key).range(range)));
              } catch (S3Exception e) {
                if (isAbsent(e)) {
                  return null;
                }
                throw e;
              }
            }));
  }

  private static boolean isAbsent(S3Exception e) {
    return e instanceof NoSuchKeyException || e.statusCode() == NOT_FOUND;
  }

  /** Writes a small object. */
  public void put(String key, byte[] content) throws UnavailableException {
    ask(
        "writing",
        key,
        () ->
            client.putObject(
                request -> request.bucket(bucket).key(key), RequestBody.fromBytes(content)));
  }

  /** Writes a file. */
  public void put(String key, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      put(key, in, () -> {});
    } catch (RejectedException e) {
      throw new AssertionError("nothing is checked", e);
    }
  }

  /**
   * Writes what {@code in} has, in parts, and makes it visible only after {@code check}.
   *
   * @return the object's size
   * @throws RejectedException if {@code check} does; nothing is left behind
   */
  public long put(String key, InputStream in, BeforeCommit check)
      throws RejectedException, IOException {
    return new StreamedPut(client, bucket, key, partSize).run(in, check);
  }

  /** The same bucket as retention sees it. Works as long as this store is open. */
  public ObjectInventory inventory() {
    return new ObjectInventory(client, bucket);
  }

  /** All objects whose keys begin with {@code prefix}, in the order of their keys. */
  public List<ObjectInfo> list(String prefix) throws UnavailableException {
    List<ObjectInfo> found =
        ask(
            "listing",
            prefix,
            () ->
                client
                    .listObjectsV2Paginator(request -> request.bucket(bucket).prefix(prefix))
                    .contents()
                    .stream()
                    .map(object -> new ObjectInfo(object.key(), object.size()))
                    .toList());
    return found == null ? List.of() : found;
  }

  static <T> @Nullable T ask(String doing, String object, Supplier<@Nullable T> call)
      throws UnavailableException {
    try {
      return call.get();
    } catch (SdkException e) {
      throw new StoreUnavailableException(
          "object store, " + doing + " " + object + ": " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      // So says a pool of connections that was shut down.
      throw new ClosedClientException(
          "object store, " + doing + " " + object + ": this process's client is closed", e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
