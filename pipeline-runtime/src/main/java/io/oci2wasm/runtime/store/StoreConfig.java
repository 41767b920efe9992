package io.oci2wasm.runtime.store;

import io.oci2wasm.runtime.config.ByteSize;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach the object store.
 *
 * @param endpoint of an S3-compatible server; absent means AWS itself
 * @param accessKeyIdFile with {@code secretAccessKeyFile}; without both the SDK's own chain is
 *     asked
 * @param partSize of multipart uploads, and what each upload holds in memory; larger where 10 000
 *     parts of it were not enough
 * @param connectTimeout how long a connection may take
 * @param attemptTimeout how long each try of a call may take, or the next bytes of an object
 * @param callTimeout how long a call may take with all its tries
 */
public record StoreConfig(
    @Nullable URI endpoint,
    String region,
    String bucket,
    boolean pathStyle,
    @Nullable Path accessKeyIdFile,
    @Nullable Path secretAccessKeyFile,
    ByteSize partSize,
    Duration connectTimeout,
    Duration attemptTimeout,
    Duration callTimeout) {
  private static final long MIN_PART = 5L << 20;
  private static final long MAX_PART = 256L << 20;

  public static final StoreConfig DEFAULT =
      new StoreConfig(
          null,
          "us-east-1",
          "oci2wasm",
          true,
          null,
          null,
          new ByteSize(8L << 20),
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2));

  public StoreConfig {
    if ((accessKeyIdFile == null) != (secretAccessKeyFile == null)) {
      throw new IllegalArgumentException(
          "accessKeyIdFile and secretAccessKeyFile: found one, expected both or none");
    }
    if (partSize.bytes() < MIN_PART || partSize.bytes() > MAX_PART) {
      throw new IllegalArgumentException(
          "partSize: found " + partSize + ", expected 5m (S3's smallest) to 256m");
    }
    checkPositive("connectTimeout", connectTimeout);
    checkPositive("attemptTimeout", attemptTimeout);
    if (callTimeout.compareTo(attemptTimeout) < 0) {
      throw new IllegalArgumentException(
          String.format(
              "callTimeout: found %sms, expected at least attemptTimeout, %sms",
              callTimeout.toMillis(), attemptTimeout.toMillis()));
    }
  }

  private static void checkPositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(
          name + ": found " + duration.toMillis() + "ms, expected more than 0");
    }
  }

  CallTimes times() {
    return new CallTimes(connectTimeout, attemptTimeout, callTimeout);
  }

  /** The same at {@code endpoint}, with credentials in the given files. */
  public StoreConfig at(URI endpoint, Path accessKeyIdFile, Path secretAccessKeyFile) {
    return new StoreConfig(
        endpoint,
        region,
        bucket,
        pathStyle,
        accessKeyIdFile,
        secretAccessKeyFile,
        partSize,
        connectTimeout,
        attemptTimeout,
        callTimeout);
  }
}
