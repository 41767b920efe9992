package io.oci2wasm.ingest.source.archive;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.layout.LayoutFiles;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.apache.commons.io.function.IOSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The files of a tar, read in place: the headers are scanned once, contents are read from where
 * they lie. Links within the tar are followed: {@code docker save} writes a layer that two images
 * share once, and links to it.
 */
final class TarFiles implements LayoutFiles {
  /** A layer linked through more links than this is a cycle. */
  private static final int MAX_LINKS = 16;

  private final FileChannel channel;
  private final TarFile tar;
  private final Map<String, TarArchiveEntry> entries = new HashMap<>();

  private TarFiles(FileChannel channel, TarFile tar) {
    this.channel = channel;
    this.tar = tar;
    for (TarArchiveEntry entry : tar.getEntries()) {
      entries.put(normalised(entry.getName()), entry);
    }
  }

  /**
   * Opens {@code archive}, compressed or not.
   *
   * @throws RejectedException {@link Reason#MANIFEST_INVALID} if it is no tar
   */
  static TarFiles open(Path archive) throws RejectedException, IOException {
    return open(() -> PlainTar.open(archive), archive.toString());
  }

  /** As {@link #open(Path)}, of a copy of all that {@code archive} gives. */
  static TarFiles copyOf(InputStream archive, String name) throws RejectedException, IOException {
    return open(() -> PlainTar.copyOf(archive), name);
  }

  private static TarFiles open(IOSupplier<FileChannel> plain, String name)
      throws RejectedException, IOException {
    FileChannel channel;
    try {
      channel = plain.get();
    } catch (EOFException | ZipException e) {
      throw noArchive(name, e);
    }
    try {
      return new TarFiles(channel, new TarFile(channel));
    } catch (IOException | IllegalArgumentException e) {
      // The library tells damage only by these two, as it does a failing disk.
      channel.close();
      throw noArchive(name, e);
    }
  }

  private static RejectedException noArchive(String archive, Exception e) {
    return new RejectedException(
        Reason.MANIFEST_INVALID,
        String.format(
            "reading archive %s: found %s, expected a tar, plain or gzipped; write the"
                + " archive again",
            archive, e.getMessage()),
        e);
  }

  boolean has(String path) {
    return entries.containsKey(path);
  }

  @Override
  public long size(String path, String what) throws RejectedException {
    return existing(path, what).getSize();
  }

  @Override
  public InputStream open(String path, String what) throws RejectedException, IOException {
    TarArchiveEntry entry = existing(path, what);
    return new FileSlice(channel, entry.getDataOffset(), entry.getSize());
  }

  private TarArchiveEntry existing(String path, String what) throws RejectedException {
    String current = normalised(path);
    for (int links = 0; links <= MAX_LINKS; links++) {
      TarArchiveEntry entry = entries.get(current);
      if (entry == null) {
        throw LayoutFiles.missing(what);
      }
      String target = linkTarget(current, entry);
      if (target == null) {
        if (!entry.isFile() || entry.isSparse()) {
          throw LayoutFiles.missing(what);
        }
        return entry;
      }
      current = target;
    }
    throw LayoutFiles.missing(what);
  }

  /** A symbolic link counts from its folder, a hard link from the archive's root (POSIX pax). */
  private static @Nullable String linkTarget(String path, TarArchiveEntry entry) {
    if (entry.isLink()) {
      return normalised(entry.getLinkName());
    }
    if (entry.isSymbolicLink()) {
      return normalised(path.substring(0, path.lastIndexOf('/') + 1) + entry.getLinkName());
    }
    return null;
  }

  /** Names are only looked up among the tar's own, so that nothing outside can be reached. */
  private static String normalised(String name) {
    StringBuilder path = new StringBuilder();
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        path.setLength(Math.max(0, path.lastIndexOf("/")));
      } else if (!part.isEmpty() && !part.equals(".")) {
        path.append(path.isEmpty() ? "" : "/").append(part);
      }
    }
    return path.toString();
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      tar.close();
    }
  }
}
