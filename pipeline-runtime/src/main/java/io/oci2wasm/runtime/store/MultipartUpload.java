package io.oci2wasm.runtime.store;

import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * An object that is written in parts, one after the other, and visible once it is completed. Closed
 * before that, it leaves nothing.
 */
final class MultipartUpload implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(MultipartUpload.class);

  /** With these a store says that it copies no parts. */
  private static final int METHOD_NOT_ALLOWED = 405;

  private static final int NOT_IMPLEMENTED = 501;

  private final StoreConnection connection;
  private final CallTimes times;
  private final String bucket;
  private final String key;
  private final String id;
  private final List<CompletedPart> parts = new ArrayList<>();
  private final List<Long> sizes = new ArrayList<>();
  private boolean complete;

  private MultipartUpload(
      StoreConnection connection, CallTimes times, String bucket, String key, String id) {
    this.connection = connection;
    this.times = times;
    this.bucket = bucket;
    this.key = key;
    this.id = id;
  }

  static MultipartUpload begin(
      StoreConnection connection, CallTimes times, String bucket, String key)
      throws UnavailableException {
    String doing = "beginning to write";
    String id =
        connection.ask(
            doing,
            key,
            client ->
                client
                    .createMultipartUpload(request -> request.bucket(bucket).key(key))
                    .uploadId());
    return new MultipartUpload(connection, times, bucket, key, asked(doing, key, id));
  }

  /** Sends the next part. */
  void send(byte[] content) throws UnavailableException {
    int number = parts.size() + 1;
    String doing = "writing part " + number + " of";
    String tag =
        connection.ask(
            doing,
            key,
            client ->
                client
                    .uploadPart(
                        request ->
                            request
                                .bucket(bucket)
                                .key(key)
                                .uploadId(id)
                                .partNumber(number)
                                .overrideConfiguration(times.carrying(content.length)),
                        RequestBody.fromBytes(content))
                    .eTag());
    add(asked(doing, key, tag), content.length);
  }

  /**
   * Lets the store copy the next part from another object.
   *
   * @return false if it knows no such copies
   */
  boolean copy(String source, long offset, long sizeBytes) throws UnavailableException {
    int number = parts.size() + 1;
    String doing = "copying " + source + " to part " + number + " of";
    String tag =
        connection.ask(
            doing,
            key,
            client -> {
              try {
                return client
                    .uploadPartCopy(
                        request ->
                            request
                                .sourceBucket(bucket)
                                .sourceKey(source)
                                .copySourceRange("bytes=" + offset + "-" + (offset + sizeBytes - 1))
                                .destinationBucket(bucket)
                                .destinationKey(key)
                                .uploadId(id)
                                .partNumber(number)
                                .overrideConfiguration(times.carrying(sizeBytes)))
                    .copyPartResult()
                    .eTag();
              } catch (S3Exception e) {
                if (e.statusCode() == NOT_IMPLEMENTED || e.statusCode() == METHOD_NOT_ALLOWED) {
                  return "";
                }
                throw e;
              }
            });
    if ("".equals(tag)) {
      return false;
    }
    add(asked(doing, key, tag), sizeBytes);
    return true;
  }

  private void add(String tag, long sizeBytes) {
    parts.add(CompletedPart.builder().partNumber(parts.size() + 1).eTag(tag).build());
    sizes.add(sizeBytes);
  }

  /** Whether the store has parts of the sizes that were asked for: some copy whole objects. */
  boolean hasItsSizes() throws UnavailableException {
    List<Long> found =
        connection.ask(
            "listing the parts of",
            key,
            client ->
                client
                    .listPartsPaginator(request -> request.bucket(bucket).key(key).uploadId(id))
                    .stream()
                    .flatMap(page -> page.parts().stream())
                    .map(Part::size)
                    .toList());
    return sizes.equals(found);
  }

  /** Makes the object visible. */
  void complete() throws UnavailableException {
    long written = sizes.stream().mapToLong(Long::longValue).sum();
    connection.ask(
        "completing",
        key,
        client ->
            client.completeMultipartUpload(
                request ->
                    request
                        .overrideConfiguration(times.carrying(written >> 5))
                        .bucket(bucket)
                        .key(key)
                        .uploadId(id)
                        .multipartUpload(all -> all.parts(parts))));
    complete = true;
  }

  private static String asked(String doing, String key, @Nullable String answer)
      throws UnavailableException {
    if (answer == null) {
      throw new StoreUnavailableException(
          "object store, " + doing + " " + key + ": no answer", null);
    }
    return answer;
  }

  /** Parts that are left behind cost. */
  @Override
  public void close() {
    if (complete) {
      return;
    }
    try {
      DeferredInterrupt.during(
          () ->
              connection.ask(
                  "removing the parts of",
                  key,
                  client ->
                      client.abortMultipartUpload(
                          request -> request.bucket(bucket).key(key).uploadId(id))));
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.OBJECT_KEY, key)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("The parts of a failed upload could not be removed");
    }
  }
}
