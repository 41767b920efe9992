package io.oci2wasm.runtime.store;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * One bucket of an S3-compatible store. Objects appear whole or not at all, and are never changed.
 * Thread-safe. Every method but those of plain memory throws {@link UnavailableException} when the
 * store does not answer or refuses.
 */
public final class ObjectStore implements AutoCloseable {
  private static final int NOT_FOUND = 404;

  /** The answers where an object is there, or another is being written. */
  private static final int PRECONDITION_FAILED = 412;

  private static final int CONFLICT = 409;

  /** With these a store says that it knows no conditional writes. */
  private static final int BAD_REQUEST = 400;

  private static final int NOT_IMPLEMENTED = 501;

  /** The range begins at the object's end or behind it (RFC 9110, section 15.5.17). */
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** Who asks how the store is cannot wait longer. */
  private static final Duration PROBE_LIMIT = Duration.ofMillis(800);

  /** A hung question is given up after this, so that the next one finds a store that is back. */
  private static final Duration PROBE_CALL = Duration.ofSeconds(5);

  private final StoreConnection connection;
  private final StoreProbe probe;
  private final String bucket;
  private final int partSize;
  private final CallTimes times;
  private final StoreCalls calls = new StoreCalls();
  private final RecentLooks looks = new RecentLooks(this, System::nanoTime);
  private volatile boolean writesConditionally = true;
  private volatile boolean copiesParts = true;

  private ObjectStore(StoreConnection connection, StoreConfig config) {
    this.connection = connection;
    this.bucket = config.bucket();
    this.partSize = Math.toIntExact(config.partSize().bytes());
    this.times = config.times();
    this.probe = new StoreProbe(() -> bucketExists(CallTimes.within(PROBE_CALL)));
  }

  /** Opens the store; nothing is asked of it yet. */
  public static ObjectStore open(StoreConfig config) {
    AwsCredentialsProvider credentials = credentials(config);
    return new ObjectStore(
        new StoreConnection(() -> StoreClient.open(config, credentials)), config);
  }

  private static AwsCredentialsProvider credentials(StoreConfig config) {
    Path id = config.accessKeyIdFile();
    Path secret = config.secretAccessKeyFile();
    return id == null || secret == null
        ? DefaultCredentialsProvider.builder().build()
        : StaticCredentialsProvider.create(
            AwsBasicCredentials.create(SecretFile.read(id), SecretFile.read(secret)));
  }

  /** Creates the bucket if it is missing. A store that is slow to answer is asked again. */
  public void ensureBucket() throws UnavailableException {
    if (!bucketExists(times.carrying(0))) {
      connection.ask(
          "creating bucket",
          bucket,
          client -> {
            try {
              return client.createBucket(request -> request.bucket(bucket));
            } catch (BucketAlreadyOwnedByYouException e) {
              return null;
            }
          });
    }
  }

  private boolean bucketExists(AwsRequestOverrideConfiguration limits) throws UnavailableException {
    Object found =
        connection.ask(
            "looking for bucket",
            bucket,
            client -> {
              try {
                return client.headBucket(
                    request -> request.bucket(bucket).overrideConfiguration(limits));
              } catch (NoSuchBucketException e) {
                return null;
              }
            });
    return found != null;
  }

  /** Fails unless the bucket can be reached. Answers within a second, whatever hangs. */
  public void checkReachable() throws UnavailableException {
    if (!probe.ask(PROBE_LIMIT)) {
      throw new StoreUnavailableException(
          "object store, bucket " + bucket + ": does not exist", null);
    }
  }

  /** The object under {@code key}, if there is one. */
  public Optional<ObjectInfo> head(String key) throws UnavailableException {
    return look(key).map(head -> new ObjectInfo(key, head.size()));
  }

  private Optional<FirstTry.Head> look(String key) throws UnavailableException {
    return Optional.ofNullable(
        connection.ask(
            "looking for",
            key,
            first -> first.head(key),
            (client, spent) -> {
              try {
                HeadObjectResponse head =
                    client.headObject(
                        request ->
                            request
                                .bucket(bucket)
                                .key(key)
                                .overrideConfiguration(times.carrying(0, spent)));
                return new FirstTry.Head(head.contentLength(), head.eTag());
              } catch (S3Exception e) {
                if (isAbsent(e)) {
                  return null;
                }
                throw e;
              }
            }));
  }

  /** The objects under {@code keys}, each if there is one, in this order; asked for at once. */
  public List<Optional<ObjectInfo>> heads(List<String> keys) throws IOException {
    return calls.all(
        keys.stream().map(key -> (Callable<Optional<ObjectInfo>>) () -> head(key)).toList());
  }

  /** The same looks, shared by all who need not know more than what was there a moment ago. */
  public RecentLooks looks() {
    return looks;
  }

  /**
   * The store's mark of the object as it is now (its ETag), if there is one: another one, or none,
   * once it has other bytes.
   */
  public Optional<String> version(String key) throws UnavailableException {
    return look(key).map(FirstTry.Head::eTag);
  }

  /** The object's bytes from the first on, if there is one. The caller closes the stream. */
  public Optional<InputStream> get(String key) throws UnavailableException {
    return get(key, 0);
  }

  /** The object's bytes from {@code offset} on, which must lie within it, if it exists. */
  public Optional<InputStream> get(String key, long offset) throws UnavailableException {
    return get(key, new FirstTry.Range(offset, FirstTry.Range.TO_THE_END));
  }

  /**
   * {@code length} bytes of the object, at least 1, from {@code offset} on, if it exists; fewer, or
   * none, if it ends before.
   */
  public Optional<InputStream> get(String key, long offset, long length)
      throws UnavailableException {
    return get(key, new FirstTry.Range(offset, length));
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

  private Optional<InputStream> get(String key, FirstTry.Range range) throws UnavailableException {
    FirstTry.Body body = body(key, range, null);
    return body == null
        ? Optional.empty()
        : Optional.of(
            new StoredStream(key, body.bytes(), passed -> rest(key, range, passed, body.eTag())));
  }

  /** What is left of a range of the object, if it still has this {@code eTag}. */
  private @Nullable AbortableInputStream rest(
      String key, FirstTry.Range range, long passed, @Nullable String eTag)
      throws UnavailableException {
    if (passed == range.length()) {
      return AbortableInputStream.createEmpty();
    }
    FirstTry.Body rest = body(key, range.behind(passed), eTag);
    return rest == null ? null : rest.bytes();
  }

  /**
   * A range of the object.
   *
   * @param eTag that the object must have; null where any will do
   * @return null if there is no such object
   */
  private FirstTry.@Nullable Body body(String key, FirstTry.Range range, @Nullable String eTag)
      throws UnavailableException {
    return connection.ask(
        "reading",
        key,
        first -> first.get(key, range, eTag),
        (client, spent) -> {
          try {
            ResponseInputStream<GetObjectResponse> response =
                client.getObject(
                    request ->
                        request
                            .bucket(bucket)
                            .key(key)
                            .range(range.header())
                            .ifMatch(eTag)
                            .overrideConfiguration(times.carrying(0, spent)));
            if (range.offset() > 0 && response.response().contentRange() == null) {
              response.abort();
              throw SdkClientException.create(
                  "found the whole object, expected the range "
                      + range.header()
                      + "; the store has to know ranges (RFC 9110, section 14.2)");
            }
            return new FirstTry.Body(
                AbortableInputStream.create(response, response), response.response().eTag());
          } catch (S3Exception e) {
            if (isAbsent(e) || e.statusCode() == PRECONDITION_FAILED) {
              return null;
            }
            if (e.statusCode() == RANGE_NOT_SATISFIABLE) {
              return FirstTry.Body.NONE;
            }
            throw e;
          }
        });
  }

  private static boolean isAbsent(S3Exception e) {
    return e instanceof NoSuchKeyException || e.statusCode() == NOT_FOUND;
  }

  /** Writes a small object. */
  public void put(String key, byte[] content) throws UnavailableException {
    new StreamedPut(connection, times, bucket, key, partSize).write(content);
  }

  /** A call, or some in their order. */
  @FunctionalInterface
  public interface Call {
    void run() throws IOException;
  }

  /** Makes calls beside one another, and waits for all. If one fails, others may have been made. */
  public void atOnce(Call... work) throws IOException {
    List<Object> unused =
        calls.all(
            Arrays.stream(work)
                .map(
                    call ->
                        (Callable<Object>)
                            () -> {
                              call.run();
                              return call;
                            })
                .toList());
  }

  /** Begins calls beside the caller's own work. {@link StoreCalls#answer} waits for their end. */
  public <T> Future<T> beside(Callable<T> work) {
    return calls.begin(work);
  }

  /** Whether {@link #create} leaves an object that is there alone, as far as is known. */
  public boolean writesConditionally() {
    return writesConditionally;
  }

  /**
   * Writes a small object unless there is one (S3's API reference, "Conditional writes"). A store
   * that knows no such condition writes it in any case.
   *
   * @return whether it was written
   */
  public boolean create(String key, byte[] content) throws UnavailableException {
    if (writesConditionally) {
      Boolean written =
          connection.ask(
              "creating",
              key,
              first -> first.put(key, content, true),
              (client, spent) -> create(client, key, content, spent));
      if (written != null) {
        return written;
      }
      writesConditionally = false;
    }
    put(key, content);
    return true;
  }

  /** Whether it was written; null if the store knows no condition. */
  private @Nullable Boolean create(S3Client client, String key, byte[] content, Duration spent) {
    try {
      client.putObject(
          request ->
              request
                  .bucket(bucket)
                  .key(key)
                  .ifNoneMatch("*")
                  .overrideConfiguration(times.carrying(content.length, spent)),
          RequestBody.fromBytes(content));
      return true;
    } catch (S3Exception e) {
      return switch (e.statusCode()) {
        case PRECONDITION_FAILED, CONFLICT -> false;
        case BAD_REQUEST, NOT_IMPLEMENTED -> null;
        default -> throw e;
      };
    }
  }

  /** Writes a file. */
  public void put(String key, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      put(key, in, Files.size(file), () -> {});
    } catch (RejectedException e) {
      throw new AssertionError("nothing is checked", e);
    }
  }

  /**
   * Writes what {@code in} has, in parts, and makes it visible only after {@code check}.
   *
   * @param expected about how many bytes that is; of the largest objects parts are larger
   * @return the object's size
   * @throws RejectedException if {@code check} does; nothing is left behind
   */
  public long put(String key, InputStream in, long expected, BeforeCommit check)
      throws RejectedException, IOException {
    int part = StreamedPut.partSize(key, expected, partSize);
    return new StreamedPut(connection, times, bucket, key, part).run(in, check);
  }

  /**
   * Writes an object in parts, of which the store copies some by itself. Nothing is left behind if
   * that fails.
   *
   * @param parts all of the object, in order
   * @return false if the store cannot copy parts; nothing is written then
   */
  public boolean compose(String key, List<ObjectPart> parts, ObjectPart.Content content)
      throws IOException {
    if (!copiesParts) {
      return false;
    }
    try (MultipartUpload upload = MultipartUpload.begin(connection, times, bucket, key)) {
      for (ObjectPart part : parts) {
        if (part instanceof ObjectPart.Sent sent) {
          try (InputStream in = content.open(sent.first(), sent.sizeBytes())) {
            upload.send(in.readNBytes(Math.toIntExact(sent.sizeBytes())));
          }
        } else if (part instanceof ObjectPart.Copied copied
            && !upload.copy(copied.object(), copied.offset(), copied.sizeBytes())) {
          copiesParts = false;
          return false;
        }
      }
      if (!upload.hasItsSizes()) {
        copiesParts = false;
        return false;
      }
      upload.complete();
      return true;
    }
  }

  /** About how many bytes a part has that is sent. */
  public int partBytes() {
    return partSize;
  }

  /** The same bucket as retention sees it. Works as long as this store is open. */
  public ObjectInventory inventory() {
    return new ObjectInventory(connection, bucket);
  }

  /** All objects whose keys begin with {@code prefix}, in the order of their keys. */
  public List<ObjectInfo> list(String prefix) throws UnavailableException {
    List<ObjectInfo> found =
        connection.ask(
            "listing",
            prefix,
            client ->
                client
                    .listObjectsV2Paginator(request -> request.bucket(bucket).prefix(prefix))
                    .contents()
                    .stream()
                    .map(object -> new ObjectInfo(object.key(), object.size()))
                    .toList());
    return found == null ? List.of() : found;
  }

  @Override
  public void close() {
    probe.close();
    connection.close();
  }
}
