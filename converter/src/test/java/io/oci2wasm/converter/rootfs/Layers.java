package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.converter.erofs.LayerContents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Packs and merges layers in tests. */
public final class Layers implements LayerContents {
  private final Path directory;
  private final LayerMerge merge;
  private final LayerPacker packer;
  private final List<Path> data = new ArrayList<>();
  private final List<Path> indexes = new ArrayList<>();
  private final List<Sha256Digest> diffIds = new ArrayList<>();

  public Layers(Path directory) {
    this(directory, LayerLimits.DEFAULT);
  }

  Layers(Path directory, LayerLimits limits) {
    this.directory = directory;
    this.merge = new LayerMerge(limits);
    // As the EROFS writer has it: 4096 less the longer inode.
    this.packer = new LayerPacker(limits, attributes -> attributes.xattrs().isEmpty() ? 4032 : 0);
  }

  /** The descriptor of a blob. */
  public static Descriptor descriptor(byte[] blob) {
    return new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(blob), blob.length);
  }

  /** Packs {@code archive} as the next layer, without merging it. */
  Layers pack(byte[] archive) throws IOException, RejectedException {
    return pack(archive, archive);
  }

  /** Packs {@code blob}, which unpacks to {@code archive}. */
  Layers pack(byte[] blob, byte[] archive) throws IOException, RejectedException {
    Path dataFile = directory.resolve("data-" + data.size());
    Path index = directory.resolve("index-" + data.size());
    Sha256Digest diffId = Sha256Digest.of(archive);
    packer.pack(
        descriptor(blob),
        diffId,
        new ByteArrayInputStream(blob),
        count -> {},
        Files.newOutputStream(dataFile),
        index);
    data.add(dataFile);
    indexes.add(index);
    diffIds.add(diffId);
    return this;
  }

  /** Packs and merges {@code archive}. */
  public Layers add(TarBytes archive) throws IOException, RejectedException {
    pack(archive.tar());
    int last = data.size() - 1;
    merge.add(diffIds.get(last), diffIds.get(last), indexes.get(last));
    return this;
  }

  public FileTree tree() {
    return merge.finish();
  }

  /** The entries of the layer that was packed last. */
  List<LayerEntry> entries() throws IOException {
    int last = data.size() - 1;
    List<LayerEntry> entries = new ArrayList<>();
    try (LayerIndexReader reader = LayerIndexReader.open(indexes.get(last), diffIds.get(last))) {
      Optional<LayerEntry> entry = reader.next();
      while (entry.isPresent()) {
        entries.add(entry.get());
        entry = reader.next();
      }
    }
    return entries;
  }

  byte[] data(int layer) throws IOException {
    return Files.readAllBytes(data.get(layer));
  }

  byte[] index(int layer) throws IOException {
    return Files.readAllBytes(indexes.get(layer));
  }

  /** A file's content, whole. */
  public byte[] content(FileNode file) {
    return content(file.layer(), file.content());
  }

  byte[] content(int layer, FileContent content) {
    try {
      ByteBuffer bytes = ByteBuffer.allocate((int) content.sizeBytes());
      int fromData = (int) content.sizeBytes() - content.tailLength();
      bytes.put(data(layer), (int) content.firstBlock() * 4096, fromData);
      bytes.put(index(layer), (int) content.tailOffset(), content.tailLength());
      return bytes.array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void readTail(int layer, long offset, ByteBuffer target) throws IOException {
    target.put(index(layer), (int) offset, target.remaining());
  }

  @Override
  public void copyData(int layer, long offset, long length, WritableByteChannel target)
      throws IOException {
    target.write(ByteBuffer.wrap(data(layer), (int) offset, (int) length));
  }
}
