package io.oci2wasm.runtime.store;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * One upload of a stream whose size is not known: a plain put if it fits into one part, else a
 * multipart upload, which is aborted if anything goes wrong.
 */
final class StreamedPut {
  /** Amazon S3 User Guide, "multipart upload limits". */
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
    long needed = (expected + ObjectPart.MOST_PARTS - 1) / ObjectPart.MOST_PARTS;
    long wholeMib = (needed + (1 << 20) - 1) >> 20 << 20;
    return needed <= usual ? usual : Math.toIntExact(wholeMib);
  }

  /** A plain put. */
  void write(byte[] content) throws UnavailableException {
    connection.ask(
        "writing",
        key,
        first -> first.put(key, content, false),
        (client, spent) -> {
          client.putObject(
              request ->
                  request
                      .bucket(bucket)
                      .key(key)
                      .overrideConfiguration(times.carrying(content.length, spent)),
              RequestBody.fromBytes(content));
          return true;
        });
  }

  long run(InputStream in, BeforeCommit check) throws RejectedException, IOException {
    byte[] first = in.readNBytes(partSize);
    if (first.length < partSize) {
      check.check();
      write(first);
      return first.length;
    }
    try (MultipartUpload upload = MultipartUpload.begin(connection, times, bucket, key)) {
      long size = 0;
      byte[] part = first;
      while (part.length > 0) {
        upload.send(part);
        size += part.length;
        part = part.length < partSize ? new byte[0] : in.readNBytes(partSize);
      }
      check.check();
      upload.complete();
      return size;
    }
  }
}
