package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageConfig;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.ImageManifest;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.rootfs.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An image in memory; counts how often its blobs are opened. */
final class TestImage implements ImageContent {
  private final List<Descriptor> layers = new ArrayList<>();
  private final List<Sha256Digest> diffIds = new ArrayList<>();
  private final Map<Sha256Digest, byte[]> blobs = new HashMap<>();
  private int opened;

  TestImage layer(TarBytes archive) {
    byte[] tar = archive.tar();
    return layer(TarBytes.gzip(tar), Sha256Digest.of(tar));
  }

  TestImage layer(byte[] blob, Sha256Digest diffId) {
    return layer(
        new Descriptor(MediaTypes.OCI_LAYER + "+gzip", Sha256Digest.of(blob), blob.length),
        diffId,
        blob);
  }

  /** A layer whose descriptor, diffID and bytes need not agree. */
  TestImage layer(Descriptor descriptor, Sha256Digest diffId, byte[] served) {
    layers.add(descriptor);
    diffIds.add(diffId);
    blobs.put(descriptor.digest(), served);
    return this;
  }

  PlatformImage image() {
    Descriptor config = new Descriptor(MediaTypes.OCI_CONFIG, Sha256Digest.of(new byte[] {1}), 1);
    return new PlatformImage(
        Platform.parse("linux/riscv64"),
        new Descriptor(
            MediaTypes.OCI_MANIFEST,
            Sha256Digest.of(layers.toString().getBytes(StandardCharsets.UTF_8)),
            100),
        new ImageManifest(2, MediaTypes.OCI_MANIFEST, null, config, layers),
        new ImageConfig(
            "linux",
            "riscv64",
            null,
            new ImageConfig.Execution(
                "", List.of("A=1"), List.of(), List.of("/bin/sh"), "", "", Map.of(), Map.of()),
            new ImageConfig.Rootfs("layers", diffIds)));
  }

  /** How many blobs were read. */
  int opened() {
    return opened;
  }

  @Override
  public byte[] manifest(Descriptor descriptor) {
    throw new AssertionError("a conversion reads no manifest");
  }

  @Override
  public synchronized InputStream blob(Descriptor descriptor) throws RejectedException {
    opened++;
    byte[] blob = blobs.get(descriptor.digest());
    if (blob == null) {
      throw new RejectedException(Reason.NOT_FOUND, "no such blob");
    }
    return new ByteArrayInputStream(blob);
  }
}
