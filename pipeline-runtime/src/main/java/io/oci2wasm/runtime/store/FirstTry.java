package io.oci2wasm.runtime.store;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/**
 * First tries of the calls that are made most, past the S3 client's pipeline, which takes four
 * times as much of the processor (docs/PERFORMANCE.md, "A call to the store"). The SDK signs them
 * and sends them over the S3 client's connections. A plain answer counts; after anything else the
 * S3 client makes the call, with its retries and its words for what failed. Thread-safe.
 */
final class FirstTry implements AutoCloseable {
  /** What has more is not sent as one signed piece. */
  private static final int MOST_BYTES = 1 << 20;

  private static final int OK = 200;
  private static final int NO_CONTENT = 204;
  private static final int PARTIAL = 206;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** How long the S3 client makes all calls where it alone was understood. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final SdkHttpClient http;
  private final URI bucket;
  private final String region;
  private final AwsCredentialsProvider credentials;
  private final CallTimes times;
  private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
  private final ScheduledThreadPoolExecutor limits;
  private volatile long resting = System.nanoTime();

  /**
   * First tries of calls to one bucket.
   *
   * @param bucket its address, to which keys are added
   */
  FirstTry(
      SdkHttpClient http,
      URI bucket,
      String region,
      AwsCredentialsProvider credentials,
      CallTimes times) {
    this.http = http;
    this.bucket = bucket;
    this.region = region;
    this.credentials = credentials;
    this.times = times;
    this.limits = new ScheduledThreadPoolExecutor(1, FirstTry::daemon);
    limits.setRemoveOnCancelPolicy(true);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "store-limits");
    thread.setDaemon(true);
    return thread;
  }

  /** A call, made once. */
  interface Call<T> {
    Tried<T> make(FirstTry first);
  }

  /**
   * What came of it.
   *
   * @param answer where it is answered: null for an object that is not there
   * @param status of an answer that is for the S3 client to understand; 0 without one
   */
  record Tried<T>(boolean isAnswered, @Nullable T answer, int status) {
    private static <T> Tried<T> answered(@Nullable T answer) {
      return new Tried<>(true, answer, 0);
    }

    static <T> Tried<T> open(int status) {
      return new Tried<>(false, null, status);
    }
  }

  /** What is known of an object that is there. */
  record Head(long size, String eTag) {}

  Tried<Head> head(String key) {
    return tried(
        Request.of(SdkHttpMethod.HEAD, key),
        Set.of(OK, NOT_FOUND),
        answer -> {
          SdkHttpResponse head = answer.httpResponse();
          return head.statusCode() == OK
              ? new Head(
                  head.firstMatchingHeader("Content-Length").map(Long::parseLong).orElseThrow(),
                  head.firstMatchingHeader("ETag").orElse(""))
              : null;
        });
  }

  /**
   * A part of an object.
   *
   * @param length {@link #TO_THE_END} for all that follows
   */
  record Range(long offset, long length) {
    static final long TO_THE_END = Long.MAX_VALUE;

    /** Without the first {@code passed} bytes. */
    Range behind(long passed) {
      return new Range(offset + passed, length == TO_THE_END ? length : length - passed);
    }

    /** As HTTP says it (RFC 9110, section 14.2); null for the whole object. */
    @Nullable String header() {
      if (length == TO_THE_END) {
        return offset == 0 ? null : "bytes=" + offset + "-";
      }
      return "bytes=" + offset + "-" + (offset + length - 1);
    }
  }

  /**
   * What is read of an object.
   *
   * @param eTag the store's mark of these bytes; null if it gave none
   */
  record Body(AbortableInputStream bytes, @Nullable String eTag) {
    static final Body NONE = new Body(AbortableInputStream.createEmpty(), null);
  }

  /**
   * The object's bytes, or of a range that it does not have, none.
   *
   * @param eTag that it must have to be there; null where any will do
   */
  Tried<Body> get(String key, Range range, @Nullable String eTag) {
    String part = range.header();
    Request request = Request.of(SdkHttpMethod.GET, key);
    if (part != null) {
      request.with("Range", part);
    }
    if (eTag != null) {
      request.with("If-Match", eTag);
    }
    return tried(
        request,
        Set.of(part == null ? OK : PARTIAL, NOT_FOUND, PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE),
        answer -> {
          SdkHttpResponse head = answer.httpResponse();
          return switch (head.statusCode()) {
            case OK, PARTIAL ->
                new Body(
                    answer.responseBody().orElseThrow(),
                    head.firstMatchingHeader("ETag").orElse(null));
            case RANGE_NOT_SATISFIABLE -> Body.NONE;
            default -> null;
          };
        });
  }

  /** Whether it was written; with {@code onlyNew}, not where there is one. */
  Tried<Boolean> put(String key, byte[] content, boolean onlyNew) {
    if (content.length > MOST_BYTES) {
      return Tried.open(0);
    }
    Request plain = Request.of(SdkHttpMethod.PUT, key).carrying(content);
    return tried(
        onlyNew ? plain.with("If-None-Match", "*") : plain,
        onlyNew ? Set.of(OK, CONFLICT, PRECONDITION_FAILED) : Set.of(OK),
        answer -> answer.httpResponse().statusCode() == OK);
  }

  /** True where the object is gone, or was none. */
  Tried<Object> delete(String key) {
    return tried(Request.of(SdkHttpMethod.DELETE, key), Set.of(NO_CONTENT), answer -> true);
  }

  /** What is sent. */
  private static final class Request {
    private final String key;
    private final SdkHttpRequest.Builder http;
    private byte @Nullable [] content;

    private Request(SdkHttpMethod method, String key) {
      this.key = key;
      this.http = SdkHttpRequest.builder().method(method);
    }

    static Request of(SdkHttpMethod method, String key) {
      return new Request(method, key);
    }

    Request with(String header, String value) {
      http.putHeader(header, value);
      return this;
    }

    Request carrying(byte[] content) {
      this.content = content;
      return with("Content-Length", String.valueOf(content.length))
          .with("Content-Type", "application/octet-stream");
    }

    int size() {
      return content == null ? 0 : content.length;
    }

    @Nullable ContentStreamProvider payload() {
      return content == null ? null : ContentStreamProvider.fromByteArray(content);
    }

    SdkHttpRequest at(URI bucket) {
      return http.uri(bucket)
          .encodedPath(bucket.getRawPath() + SdkHttpUtils.urlEncodeIgnoreSlashes(key))
          .build();
    }
  }

  /** The S3 client was understood where this was not. */
  void rest() {
    resting = System.nanoTime() + PAUSE.toNanos();
  }

  private <T> Tried<T> tried(
      Request request, Set<Integer> plain, Function<HttpExecuteResponse, @Nullable T> meaning) {
    // The S3 client sends nothing for a thread that is interrupted, and has words for it.
    if (Thread.currentThread().isInterrupted() || System.nanoTime() - resting < 0) {
      return Tried.open(0);
    }
    try {
      ExecutableHttpRequest call = http.prepareRequest(signed(request));
      Future<?> limit =
          limits.schedule(
              call::abort, times.attempt(request.size()).toMillis(), TimeUnit.MILLISECONDS);
      try {
        HttpExecuteResponse response = call.call();
        int status = response.httpResponse().statusCode();
        if (!plain.contains(status)) {
          response.responseBody().ifPresent(AbortableInputStream::abort);
          return Tried.open(status);
        }
        T answer = meaning.apply(response);
        AbortableInputStream body = response.responseBody().orElse(null);
        if (answer instanceof Body object && object.bytes() == body) {
          // A limit that was reached in this moment has closed the connection.
          return limit.cancel(false) ? Tried.answered(answer) : Tried.open(0);
        }
        if (body != null) {
          body.close(); // Its connection is of use again then.
        }
        return Tried.answered(answer);
      } finally {
        limit.cancel(false);
      }
    } catch (IOException
        | SdkException
        | IllegalStateException
        | NoSuchElementException
        | NumberFormatException e) {
      return Tried.open(0); // The HTTP client throws the third for an abort between two steps.
    }
  }

  private HttpExecuteRequest signed(Request request) {
    SignedRequest signed =
        signer.sign(
            sign ->
                sign.request(request.at(bucket))
                    .payload(request.payload())
                    .identity(credentials.resolveCredentials())
                    .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "s3")
                    .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                    .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, false)
                    .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, false));
    return HttpExecuteRequest.builder()
        .request(signed.request())
        .contentStreamProvider(signed.payload().orElse(null))
        .build();
  }

  @Override
  public void close() {
    limits.shutdownNow();
  }
}
