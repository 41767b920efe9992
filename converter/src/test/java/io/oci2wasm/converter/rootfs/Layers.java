package io.oci2wasm.converter.rootfs;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.converter.erofs.LayerContents;
import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.converter.frame.FrameReader;
import io.oci2wasm.converter.frame.FrameTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
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
    this.packer =
        new LayerPacker(
            limits,
            attributes -> attributes.xattrs().isEmpty() ? 4032 : 0,
            FrameCompression.DEFAULT);
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

  /** The frames of each layer's data. */
  public List<FrameTable> frames() throws IOException {
    List<FrameTable> frames = new ArrayList<>();
    for (int layer = 0; layer < data.size(); layer++) {
      frames.add(frames(layer));
    }
    return frames;
  }

  private FrameTable frames(int layer) throws IOException {
    Path index = indexes.get(layer);
    try (LayerIndexReader reader = LayerIndexReader.open(index, diffIds.get(layer))) {
      while (reader.next().isPresent()) {
        // The table is behind the last entry.
      }
      return reader.frames();
    }
  }

  public FileTree tree() {
    return merge.finish();
  }

  /** A tree with one file, whose content is nowhere. */
  public static FileTree treeOfOne(String path, long sizeBytes) {
    DirectoryNode root = new DirectoryNode(Attributes.IMPLICIT_DIRECTORY, 0);
    DirectoryNode here = root;
    List<ByteString> names = EntryPath.split(ByteString.utf8(path));
    for (int depth = 1; depth < names.size(); depth++) {
      DirectoryNode next = new DirectoryNode(Attributes.IMPLICIT_DIRECTORY, depth);
      here.put(names.get(depth - 1), next, 0);
      here = next;
    }
    here.put(
        names.get(names.size() - 1),
        new FileNode(Attributes.IMPLICIT_DIRECTORY, 0, new FileContent(sizeBytes, 0, 0, 0)),
        0);
    return new FileTree(root);
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

  /** The content of a layer's frames. */
  byte[] data(int layer) throws IOException {
    byte[] stored = Files.readAllBytes(data.get(layer));
    FrameTable table = frames(layer);
    long blocks =
        ByteBuffer.wrap(index(layer)).order(LITTLE_ENDIAN).getLong(blocksAt(layer, table));
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try (FrameReader reader = new FrameReader()) {
      reader.copy(
          "layer " + layer,
          table,
          (offset, length, target) ->
              target.write(ByteBuffer.wrap(stored, (int) offset, (int) length)),
          0,
          blocks * FileContent.BLOCK_SIZE,
          Channels.newChannel(content));
    }
    assertThat(table.storedBytes()).isEqualTo(stored.length);
    return content.toByteArray();
  }

  private int blocksAt(int layer, FrameTable table) throws IOException {
    return index(layer).length - 2 * table.encode().length - Long.BYTES;
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
  public void copyBlocks(int layer, long firstBlock, long blocks, WritableByteChannel target)
      throws IOException {
    target.write(ByteBuffer.wrap(data(layer), (int) firstBlock * 4096, (int) blocks * 4096));
  }

  @Override
  public void copyFrames(int layer, int firstFrame, int frames, WritableByteChannel target)
      throws IOException {
    FrameTable table = frames(layer);
    int start = (int) table.start(firstFrame);
    int length = (int) table.start(firstFrame + frames) - start;
    target.write(ByteBuffer.wrap(Files.readAllBytes(data.get(layer)), start, length));
  }
}
