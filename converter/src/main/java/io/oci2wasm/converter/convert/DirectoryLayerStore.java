package io.oci2wasm.converter.convert;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.apache.commons.io.output.ProxyOutputStream;

/**
 * Converted layers in a directory, under the object store's own keys. Files are written under
 * temporary names and moved into place, the index last.
 */
public final class DirectoryLayerStore implements LayerStore {
  private final Path directory;

  /** {@code directory} is created when first written to. */
  public DirectoryLayerStore(Path directory) {
    this.directory = directory;
  }

  @Override
  public Optional<Sha256Digest> diffIdOf(Sha256Digest compressedBlob) throws IOException {
    Path record = directory.resolve(ObjectKeys.diffId(compressedBlob));
    try {
      return Optional.of(Sha256Digest.parse(Files.readString(record).strip()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "reading layer store record " + record + ": found damage; remove the file", e);
    }
  }

  @Override
  public void recordDiffId(Sha256Digest compressedBlob, Sha256Digest diffId) throws IOException {
    Path record = directory.resolve(ObjectKeys.diffId(compressedBlob));
    Path temporary = temporary();
    try {
      Files.writeString(temporary, diffId.toString());
      publish(temporary, record);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @Override
  public Optional<StoredLayer> find(Sha256Digest diffId, String packerVersion) throws IOException {
    Path index = directory.resolve(ObjectKeys.layerIndex(diffId, packerVersion));
    if (!Files.exists(index)) {
      return Optional.empty();
    }
    Path data = directory.resolve(ObjectKeys.layerData(diffId, packerVersion));
    return Optional.of(new FileLayer(index, new LayerDataFile(data)));
  }

  @Override
  public LayerSink create(Sha256Digest diffId, String packerVersion) throws IOException {
    return new FileSink(
        directory.resolve(ObjectKeys.layerIndex(diffId, packerVersion)),
        directory.resolve(ObjectKeys.layerData(diffId, packerVersion)),
        temporary(),
        temporary());
  }

  /** Temporary files have a directory of their own: a rejected layer leaves no trace. */
  private Path temporary() throws IOException {
    Path parent = Files.createDirectories(directory.resolve("tmp"));
    return Files.createTempFile(parent, "", ".part");
  }

  private static void publish(Path temporary, Path file) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private record FileLayer(Path index, LayerDataFile data) implements StoredLayer {
    @Override
    public void copyData(long offset, long length, WritableByteChannel target) throws IOException {
      data.copy(offset, length, target);
    }

    @Override
    public void close() throws IOException {
      data.close();
    }
  }

  private static final class FileSink implements LayerSink {
    private final Path index;
    private final Path data;
    private final Path temporaryIndex;
    private final Path temporaryData;
    private final OutputStream out;

    FileSink(Path index, Path data, Path temporaryIndex, Path temporaryData) throws IOException {
      this.index = index;
      this.data = data;
      this.temporaryIndex = temporaryIndex;
      this.temporaryData = temporaryData;
      // Not truncated first: ext4 writes a file to the disk when it is closed, if it was.
      this.out =
          new ProxyOutputStream(Files.newOutputStream(temporaryData, StandardOpenOption.WRITE)) {
            @Override
            protected void handleIOException(IOException e) throws IOException {
              throw OutputFile.naming(temporaryData, e);
            }
          };
    }

    @Override
    public OutputStream data() {
      return out;
    }

    @Override
    public StoredLayer commit(Path finishedIndex) throws IOException {
      Files.copy(finishedIndex, temporaryIndex, StandardCopyOption.REPLACE_EXISTING);
      publish(temporaryData, data);
      publish(temporaryIndex, index);
      return new FileLayer(index, new LayerDataFile(data));
    }

    @Override
    public void close() throws IOException {
      out.close();
      Files.deleteIfExists(temporaryData);
      Files.deleteIfExists(temporaryIndex);
    }
  }
}
