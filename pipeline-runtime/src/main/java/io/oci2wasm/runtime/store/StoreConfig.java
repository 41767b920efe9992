package io.oci2wasm.runtime.store;

import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How to reach the object store. */
public record StoreConfig(
    @ConfigKey(meaning = "URL of an S3-compatible server. Without it, AWS.") @Nullable URI endpoint,
    @ConfigKey(meaning = "The region to sign calls for.", byDefault = "us-east-1") String region,
    @ConfigKey(meaning = "Created if it is missing.", byDefault = "oci2wasm") String bucket,
    @ConfigKey(
            meaning =
                "Whether the bucket is in the path instead of the host name. Most "
                    + "servers except AWS need this.",
            byDefault = "true")
        boolean pathStyle,
    @ConfigKey(
            meaning =
                "File with the access key's id. Without both files, the AWS SDK's own "
                    + "chain applies (environment, profile, instance role).")
        @Nullable Path accessKeyIdFile,
    @ConfigKey(meaning = "File with the secret access key.") @Nullable Path secretAccessKeyFile,
    @ConfigKey(
            meaning =
                "Size of the parts of large uploads. Each upload holds one part in "
                    + "memory. 5m to 256m. Objects of more than 10000 parts (78 GiB with 8m) "
                    + "get larger parts.",
            byDefault = "8m")
        ByteSize partSize,
    @ConfigKey(meaning = "Time limit to connect.", byDefault = "5s") Duration connectTimeout,
    @ConfigKey(
            meaning = "Time limit for one attempt of a call, or for the next bytes of an object.",
            byDefault = "30s")
        Duration attemptTimeout,
    @ConfigKey(
            meaning =
                "Time limit for a call with all its attempts. A call that carries data "
                    + "has 4 s more per MiB.",
            byDefault = "2m")
        Duration callTimeout) {
  private static final long MIN_PART = 5L << 20;
  private static final long MAX_PART = 256L << 20;

  public static final StoreConfig DEFAULT = ConfigFile.defaults(StoreConfig.class);

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
