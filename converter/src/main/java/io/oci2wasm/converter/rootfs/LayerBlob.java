package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * Unpacks a layer's blob while verifying it: the blob against its descriptor, the unpacked bytes
 * against the diffID. One thread reads and inflates the blob, the caller's takes the unpacked
 * bytes, and two hash what these read.
 */
final class LayerBlob {
  private static final int DRAIN_BYTES = 128 << 10;

  private final Descriptor descriptor;
  private final Sha256Digest diffId;
  private final LayerLimits limits;
  private final LayerFaults faults;

  LayerBlob(Descriptor descriptor, Sha256Digest diffId, LayerLimits limits) {
    this.descriptor = descriptor;
    this.diffId = diffId;
    this.limits = limits;
    this.faults = new LayerFaults(descriptor.digest());
  }

  /** Takes the unpacked bytes; need not read them to their end. */
  interface TarConsumer {
    void accept(InputStream tar, ExpansionCheck check) throws IOException, RejectedException;
  }

  /** Refuses a layer that grows beyond its limits; to be asked while it is read. */
  interface ExpansionCheck {
    /** {@code logicalBytes}: the same with a file whose content may come only later. */
    void checkSize(long logicalBytes) throws RejectedException;

    /** {@code logicalBytes}: content of files so far, with the holes of sparse ones. */
    void check(long logicalBytes) throws RejectedException;
  }

  /**
   * Reads the blob to its end.
   *
   * @param source the blob's bytes; closed here
   * @throws RejectedException if blob or unpacked bytes have another digest, are damaged, or are
   *     refused by {@code consumer} or a limit. Wrong digests are told first: damage in a blob that
   *     is not the right one means nothing.
   * @throws IOException if reading failed
   */
  void unpack(InputStream source, LongConsumer progress, TarConsumer consumer)
      throws IOException, RejectedException {
    BlobInputStream blob =
        new BlobInputStream(source, descriptor.size(), progress, threadName("hash-blob"));
    try (DecompressingInputStream decompressing = new DecompressingInputStream(blob)) {
      try {
        Sha256Digest found = consume(blob, decompressing, consumer);
        verifyBlob(blob);
        if (!found.equals(diffId)) {
          throw faults.fault(
              Reason.DIFF_ID_MISMATCH,
              "whole archive",
              "diffID " + found,
              diffId + " as the image's config says",
              "build and push the image again");
        }
      } catch (RejectedException e) {
        if (e.reason() == Reason.LAYER_CORRUPT) {
          blob.drain();
          verifyBlob(blob);
        }
        throw e;
      }
    }
  }

  private Sha256Digest consume(
      BlobInputStream blob, DecompressingInputStream decompressing, TarConsumer consumer)
      throws IOException, RejectedException {
    try (ReadAheadInputStream readAhead =
            new ReadAheadInputStream(decompressing, threadName("inflate"));
        BackgroundDigest digest = new BackgroundDigest(threadName("hash-tar"))) {
      BoundedInputStream tar =
          BoundedInputStream.builder()
              .setInputStream(new DigestedInputStream(readAhead, digest))
              .get();
      ExpansionCheck check =
          new ExpansionCheck() {
            @Override
            public void checkSize(long logicalBytes) throws RejectedException {
              checkExpansion(logicalBytes, descriptor.size());
            }

            @Override
            public void check(long logicalBytes) throws RejectedException {
              checkExpansion(Math.max(logicalBytes, tar.getCount()), blob.count());
            }
          };
      consumer.accept(tar, check);
      byte[] rest = new byte[DRAIN_BYTES];
      while (tar.read(rest, 0, rest.length) >= 0) {
        check.check(0);
      }
      return digest.digest();
    } catch (DecompressingInputStream.DamagedException e) {
      throw faults.corrupt(
          "compression near byte " + blob.count(),
          String.valueOf(e.getMessage()),
          "a whole " + MediaTypes.COMPRESSIONS + " stream",
          e);
    }
  }

  private String threadName(String work) {
    return work + "-" + descriptor.digest().shortHex();
  }

  /** Hashes what is read. */
  private static final class DigestedInputStream extends FilterInputStream {
    private final BackgroundDigest digest;

    DigestedInputStream(InputStream in, BackgroundDigest digest) {
      super(in);
      this.digest = digest;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int got = in.read(target, offset, length);
      if (got > 0) {
        digest.update(target, offset, got);
      }
      return got;
    }
  }

  private void checkExpansion(long unpacked, long read) throws RejectedException {
    if (unpacked > limits.maxLayerBytes()) {
      throw faults.refused(
          "size",
          "over " + limits.maxLayerBytes() + " bytes unpacked",
          "no more",
          "make the layer smaller");
    }
    if (unpacked > LayerLimits.EXPANSION_FREE_BYTES && unpacked / limits.maxExpansion() > read) {
      throw faults.refused(
          "expansion",
          unpacked + " bytes out of " + read,
          "at most " + limits.maxExpansion() + " times as many",
          "leave large files of zeros out of the image");
    }
  }

  private void verifyBlob(BlobInputStream blob) throws RejectedException {
    Sha256Digest found = blob.digest();
    if (blob.isTooLong() || blob.count() != descriptor.size()) {
      throw mismatch(blob.isTooLong() ? "more bytes" : blob.count() + " bytes");
    }
    if (!found.equals(descriptor.digest())) {
      throw mismatch(found.toString());
    }
  }

  private RejectedException mismatch(String found) {
    return faults.fault(
        Reason.DIGEST_MISMATCH,
        "whole blob",
        found,
        descriptor.size() + " bytes of that digest",
        "the source serves other content than its manifest names: push the image again");
  }
}
