package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The client of the store. One through which an Error passed has closed its connections and is
 * useless: another replaces it. Thread-safe.
 */
final class StoreConnection implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StoreConnection.class);
  private static final int FORBIDDEN = 403;

  /** Codes that say the same tomorrow (S3's API reference, "Error responses"). */
  private static final Set<String> FOR_GOOD =
      Set.of(
          "AccessDenied",
          "AccountProblem",
          "AllAccessDisabled",
          "EntityTooLarge",
          "InvalidAccessKeyId",
          "InvalidPayer",
          "MethodNotAllowed",
          "NotImplemented",
          "SignatureDoesNotMatch");

  private final Supplier<StoreClient> opener;
  private volatile StoreClient client;
  private boolean closed;

  StoreConnection(Supplier<StoreClient> opener) {
    this.opener = opener;
    this.client = opener.get();
  }

  /**
   * The answer to one call.
   *
   * @param doing the action, and {@code object} what it is about, for messages
   * @throws UnavailableException if the store does not answer, or refuses
   */
  <T> @Nullable T ask(String doing, String object, Function<S3Client, @Nullable T> call)
      throws UnavailableException {
    return ask(doing, object, first -> FirstTry.Tried.open(0), (s3, spent) -> call.apply(s3));
  }

  /** A call to the S3 client, some time after its begin. */
  interface LaterTry<T> {
    @Nullable T make(S3Client s3, Duration spent);
  }

  /**
   * The same of a call that is tried in another way first.
   *
   * @param call made where {@code first} is not answered
   */
  <T> @Nullable T ask(String doing, String object, FirstTry.Call<T> first, LaterTry<T> call)
      throws UnavailableException {
    long begin = System.nanoTime();
    StoreClient used = client;
    String what = "object store, " + doing + " " + object + ": ";
    try {
      FirstTry.Tried<T> tried = used.first(first);
      if (tried.isAnswered()) {
        return tried.answer();
      }
      T answer = call.make(used.s3(), Duration.ofNanos(System.nanoTime() - begin));
      used.understood(tried.status());
      return answer;
    } catch (SdkException e) {
      if (isClosed(e)) {
        renew(used);
      }
      boolean refused = isRefusal(e);
      throw new StoreUnavailableException(
          what + e.getMessage() + (refused ? "; check store in the configuration" : ""),
          e,
          refused);
    } catch (IllegalStateException | RejectedExecutionException e) {
      renew(used);
      throw new StoreUnavailableException(what + "the connections were closed meanwhile", e);
    } catch (Error e) {
      renew(used);
      throw e;
    }
  }

  /** The HTTP client tells by the first type that it is closed, the SDK's timers by the second. */
  private static boolean isClosed(SdkException e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof IllegalStateException || cause instanceof RejectedExecutionException) {
        return true;
      }
    }
    return false;
  }

  /** HEAD has no body that could hold a code. */
  private static boolean isRefusal(SdkException e) {
    if (!(e instanceof S3Exception answer)) {
      return false;
    }
    String code = answer.awsErrorDetails() == null ? null : answer.awsErrorDetails().errorCode();
    boolean isNamed = code != null && !code.isEmpty() && Character.isLetter(code.charAt(0));
    return isNamed ? FOR_GOOD.contains(code) : answer.statusCode() == FORBIDDEN;
  }

  private synchronized void renew(StoreClient broken) {
    if (client == broken && !closed) {
      client = opener.get();
      broken.close();
      LOGGER.atWarn().log("The connections to the object store were closed; there are new ones");
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    client.close();
  }
}
