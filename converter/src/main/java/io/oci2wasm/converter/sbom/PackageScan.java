package io.oci2wasm.converter.sbom;

import io.oci2wasm.converter.erofs.LayerContents;
import io.oci2wasm.converter.rootfs.DirectoryNode;
import io.oci2wasm.converter.rootfs.FileContent;
import io.oci2wasm.converter.rootfs.FileNode;
import io.oci2wasm.converter.rootfs.FileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds an image's packages in what its package managers have written. Reads a bounded part of an
 * image, whatever is in it: what is too much, or cannot be read, becomes a gap and no failure.
 */
public final class PackageScan {
  /** Of all files together; Debian's list has about 1 KB for each package. */
  static final long MAX_BYTES = 32L << 20;

  /** Files below {@code status.d}. */
  static final int MAX_FILES = 10_000;

  /** Blocks that are read at a time: two frames. */
  private static final int STEP_BLOCKS = 64;

  private static final List<String> OS_RELEASE = List.of("etc/os-release", "usr/lib/os-release");
  private static final String DPKG = "var/lib/dpkg/status";
  private static final String DPKG_FOLDER = "var/lib/dpkg/status.d";
  private static final List<String> APK =
      List.of("lib/apk/db/installed", "usr/lib/apk/db/installed");
  private static final List<String> RPM =
      List.of(
          "var/lib/rpm/rpmdb.sqlite",
          "usr/lib/sysimage/rpm/rpmdb.sqlite",
          "usr/share/rpm/rpmdb.sqlite",
          "var/lib/rpm/Packages",
          "var/lib/rpm/Packages.db",
          "usr/lib/sysimage/rpm/Packages.db");

  private final FileTree tree;
  private final LayerContents contents;
  private final Found found = new Found();
  private final OsRelease release = new OsRelease();
  private final List<Source> sources = new ArrayList<>();
  private final List<String> gaps = new ArrayList<>();
  private long left = MAX_BYTES;
  private boolean cut;

  private record Source(String path, FileNode file, LineReader reader) {}

  private PackageScan(FileTree tree, LayerContents contents) {
    this.tree = tree;
    this.contents = contents;
  }

  /**
   * The packages of an image.
   *
   * @throws IOException if the layers cannot be read; never because of what is in them
   */
  public static OsPackages of(FileTree tree, LayerContents contents) throws IOException {
    return new PackageScan(tree, contents).scan();
  }

  private OsPackages scan() throws IOException {
    first(OS_RELEASE, release);
    file(DPKG, new DpkgStatus(found));
    folder(DPKG_FOLDER);
    first(APK, new ApkInstalled(found));
    for (String path : RPM) {
      if (tree.find(path) instanceof FileNode) {
        gaps.add("packages of rpm, whose database " + path + " is not read");
        break;
      }
    }
    // A layer is read forwards.
    sources.sort(
        Comparator.comparingInt((Source one) -> one.file().layer())
            .thenComparingLong(one -> one.file().content().firstBlock())
            .thenComparing(Source::path));
    for (Source source : sources) {
      read(source);
    }
    gaps.addAll(found.gaps());
    return new OsPackages(release.system(), found.packages(), gaps);
  }

  private void first(List<String> paths, LineReader reader) {
    for (String path : paths) {
      if (tree.find(path) instanceof FileNode file) {
        sources.add(new Source(path, file, reader));
        return;
      }
    }
  }

  private void file(String path, LineReader reader) {
    first(List.of(path), reader);
  }

  /** Files of distroless images; those with sums beside them are no lists. */
  private void folder(String path) {
    if (!(tree.find(path) instanceof DirectoryNode directory)) {
      return;
    }
    int files = 0;
    for (DirectoryNode.Child child : directory.children()) {
      String name = child.name().toString();
      if (child.node() instanceof FileNode file && !name.endsWith(".md5sums")) {
        if (++files > MAX_FILES) {
          gaps.add("files of " + path + " beyond the first " + MAX_FILES);
          return;
        }
        sources.add(new Source(path + "/" + name, file, new DpkgStatus(found)));
      }
    }
  }

  private void read(Source source) throws IOException {
    FileContent content = source.file().content();
    long bytes = Math.min(content.sizeBytes(), left);
    left -= bytes;
    boolean whole = bytes == content.sizeBytes();
    if (!whole && !cut) {
      cut = true;
      gaps.add(
          String.format(
              "what %s has beyond byte %s, and later files: no more than %s bytes are read",
              source.path(), bytes, MAX_BYTES));
    }
    int layer = source.file().layer();
    Lines lines = new Lines(source.reader(), bytes);
    long blocks =
        Math.min(content.blocks(), (bytes + FileContent.BLOCK_SIZE - 1) / FileContent.BLOCK_SIZE);
    for (long block = 0; block < blocks; block += STEP_BLOCKS) {
      contents.copyBlocks(
          layer, content.firstBlock() + block, Math.min(STEP_BLOCKS, blocks - block), lines);
    }
    if (whole && content.tailLength() > 0) {
      ByteBuffer tail = ByteBuffer.allocate(content.tailLength());
      contents.readTail(layer, content.tailOffset(), tail);
      int unused = lines.write(tail.flip());
    }
    if (whole) {
      lines.finish();
    }
  }
}
