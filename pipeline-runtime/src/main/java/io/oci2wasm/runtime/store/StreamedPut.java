package io.oci2wasm.runtime.store;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.runtime.LogKeys;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * One upload of a stream whose size is not known: a plain put if it fits into one part, else a
 * multipart upload, which is aborted if anything goes wrong.
 */
final class StreamedPut {
  private static final Logger LOGGER = LoggerFactory.getLogger(StreamedPut.class);

  /** S3's limits (Amazon S3 User Guide, "multipart upload limits"). */
  private static final int MAX_PARTS = 10_000;

  private static final long MAX_OBJECT = 5L << 40;

  private final StoreConnection connection;
  private final CallTimes times;
  private final String bucket;
  private final String key;
  private final int partSize;

  StreamedPut(
      StoreConnection connection, CallTimes times, String bucket, String key, int partSize) {
    this.connection = connection;
    this.times = times;
    this.bucket = bucket;
    this.key = key;
    this.partSize = partSize;
  }

  /**
   * The size of parts of which {@code expected} bytes have few enough: the usual one, or as many
   * whole MiB as are needed.
   *
   * @throws StoreUnavailableException for good, if no store takes such an object
   */
  static int partSize(String key, long expected, int usual) throws StoreUnavailableException {
    if (expected > MAX_OBJECT) {
      throw new StoreUnavailableException(
          String.format(
              "object store, writing %s: found %s bytes, expected at most %s (5 TiB, S3's"
                  + " limit); make the layer smaller",
              key, expected, MAX_OBJECT),
          null,
          true);
    }
    long needed = (expected + MAX_PARTS - 1) / MAX_PARTS;
    long wholeMib = (needed + (1 << 20) - 1) >> 20 << 20;
    return needed <= usual ? usual : Math.toIntExact(wholeMib);
  }

  long run(InputStream in, BeforeCommit check) throws RejectedException, IOException {
    byte[] first = in.readNBytes(partSize);
    if (first.length < partSize) {
      check.check();
      connection.ask(
          "writing",
          key,
          client ->
              client.putObject(
                  request ->
                      request
                          .bucket(bucket)
                          .key(key)
                          .overrideConfiguration(times.carrying(first.length)),
                  RequestBody.fromBytes(first)));
      return first.length;
    }
    String upload =
        asked(
            "beginning to write",
            connection.ask(
                "beginning to write",
                key,
                client ->
                    client
                        .createMultipartUpload(request -> request.bucket(bucket).key(key))
                        .uploadId()));
    boolean complete = false;
    try {
      long size = writeParts(in, first, upload, check);
      complete = true;
      return size;
    } finally {
      if (!complete) {
        abort(upload);
      }
    }
  }

  private long writeParts(InputStream in, byte[] first, String upload, BeforeCommit check)
      throws RejectedException, IOException {
    List<CompletedPart> parts = new ArrayList<>();
    long size = 0;
    byte[] part = first;
    while (part.length > 0) {
      parts.add(writePart(upload, parts.size() + 1, part));
      size += part.length;
      part = part.length < partSize ? new byte[0] : in.readNBytes(partSize);
    }
    check.check();
    long written = size;
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
                        .uploadId(upload)
                        .multipartUpload(all -> all.parts(parts))));
    return size;
  }

  private CompletedPart writePart(String upload, int number, byte[] content)
      throws UnavailableException {
    String tag =
        connection.ask(
            "writing part " + number + " of",
            key,
            client ->
                client
                    .uploadPart(
                        request ->
                            request
                                .bucket(bucket)
                                .key(key)
                                .uploadId(upload)
                                .partNumber(number)
                                .overrideConfiguration(times.carrying(content.length)),
                        RequestBody.fromBytes(content))
                    .eTag());
    return CompletedPart.builder()
        .partNumber(number)
        .eTag(asked("writing part " + number + " of", tag))
        .build();
  }

  private String asked(String doing, @Nullable String answer) throws UnavailableException {
    if (answer == null) {
      throw new StoreUnavailableException(
          "object store, " + doing + " " + key + ": no answer", null);
    }
    return answer;
  }

  /** Parts that are left behind cost. */
  private void abort(String upload) {
    try {
      DeferredInterrupt.during(
          () ->
              connection.ask(
                  "removing the parts of",
                  key,
                  client ->
                      client.abortMultipartUpload(
                          request -> request.bucket(bucket).key(key).uploadId(upload))));
    } catch (UnavailableException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.OBJECT_KEY, key)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("The parts of a failed upload could not be removed");
    }
  }
}
