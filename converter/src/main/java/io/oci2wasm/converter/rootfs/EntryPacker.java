package io.oci2wasm.converter.rootfs;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** Turns the entries of one tar archive into a packed layer's, checking each. */
final class EntryPacker {
  /** Linux: XATTR_NAME_MAX. */
  private static final int MAX_XATTR_NAME_BYTES = 255;

  /** An EROFS attribute's size field has 16 bits; Linux' XATTR_SIZE_MAX is one more. */
  private static final int MAX_XATTR_VALUE_BYTES = 65_535;

  /** What Linux gives every symbolic link, whatever an archive says. */
  private static final int SYMLINK_PERMISSIONS = 0777;

  private final TarReader tar;
  private final LayerLimits limits;
  private final LayerFaults faults;
  private final EntryNames names;
  private final ToIntFunction<Attributes> inlineRoom;
  private final LayerBlob.ExpansionCheck check;
  private final BlockOutput blocks;
  private final LayerIndexWriter index;
  private final byte[] tail = new byte[FileContent.BLOCK_SIZE];
  private long logicalBytes;

  EntryPacker(
      TarReader tar,
      LayerLimits limits,
      LayerFaults faults,
      ToIntFunction<Attributes> inlineRoom,
      LayerBlob.ExpansionCheck check,
      BlockOutput blocks,
      LayerIndexWriter index) {
    this.tar = tar;
    this.limits = limits;
    this.faults = faults;
    this.names = new EntryNames(limits, faults);
    this.inlineRoom = inlineRoom;
    this.check = check;
    this.blocks = blocks;
    this.index = index;
  }

  void packAll() throws IOException, RejectedException {
    int entries = 0;
    Optional<TarEntry> entry = tar.next();
    while (entry.isPresent()) {
      if (++entries > limits.maxEntries()) {
        throw faults.refused(
            EntryNames.where(entry.get()),
            "more than " + limits.maxEntries() + " entries",
            "at most that many",
            "put fewer files into the layer");
      }
      pack(entry.get());
      entry = tar.next();
    }
  }

  private void pack(TarEntry entry) throws IOException, RejectedException {
    EntryPath path = names.path(entry.name(), entry);
    if (EntryNames.isAufsInternal(path)) {
      return;
    }
    Optional<LayerEntry> mark = names.mark(path, entry);
    if (mark.isPresent()) {
      if (mark.get() instanceof LayerEntry.Opaque) {
        index.opaque(mark.get().path());
      } else {
        index.whiteout(mark.get().path());
      }
      return;
    }
    if (path.isRoot() && entry.type() != TarEntry.Type.DIRECTORY) {
      throw faults.corrupt(
          EntryNames.where(entry), "a " + entry.type() + " as the root", "a directory");
    }
    checkXattrs(entry);
    Attributes attributes = entry.attributes();
    switch (entry.type()) {
      case DIRECTORY -> index.directory(path, attributes);
      case FILE -> packFile(entry, path);
      case SYMLINK ->
          index.symlink(
              path, attributes.withPermissions(SYMLINK_PERMISSIONS), symlinkTarget(entry));
      case HARD_LINK -> index.hardLink(path, names.path(entry.linkName(), entry));
      case CHARACTER_DEVICE -> packDevice(entry, path, SpecialType.CHARACTER_DEVICE);
      case BLOCK_DEVICE -> packDevice(entry, path, SpecialType.BLOCK_DEVICE);
      case FIFO -> index.special(path, attributes, SpecialType.FIFO, 0, 0);
    }
  }

  private void packFile(TarEntry entry, EntryPath path) throws IOException, RejectedException {
    long size = entry.size();
    int tailLength = (int) (size % FileContent.BLOCK_SIZE);
    boolean inline = tailLength <= inlineRoom.applyAsInt(entry.attributes());
    long firstBlock = blocks.blocks();
    long left = inline ? size - tailLength : size;
    // No overflow: what was counted before passed the check, and sizes have 63 bits.
    long total = logicalBytes + size;
    check.checkSize(total < 0 ? Long.MAX_VALUE : total);
    while (left > 0) {
      long taken = blocks.take(tar.content(), left);
      left -= taken;
      logicalBytes += taken;
      check.check(logicalBytes);
    }
    logicalBytes = total;
    blocks.pad();
    int inlineLength = inline ? tailLength : 0;
    int got = 0;
    while (got < inlineLength) {
      got += tar.content().read(tail, got, inlineLength - got);
    }
    index.file(path, entry.attributes(), size, firstBlock, tail, inlineLength);
  }

  private ByteString symlinkTarget(TarEntry entry) throws RejectedException {
    ByteString target = entry.linkName();
    if (target.isEmpty() || target.indexOf((byte) 0, 0) >= 0) {
      throw faults.corrupt(
          EntryNames.where(entry),
          "the symbolic link \"" + entry.name() + "\" to \"" + target + "\"",
          "a target that is not empty and has no NUL");
    }
    if (target.length() >= limits.maxPathBytes()) {
      throw faults.refused(
          EntryNames.where(entry),
          "a link target of " + target.length() + " bytes",
          "fewer than " + limits.maxPathBytes(),
          "use shorter targets");
    }
    return target;
  }

  private void packDevice(TarEntry entry, EntryPath path, SpecialType type)
      throws IOException, RejectedException {
    long major = entry.deviceMajor();
    long minor = entry.deviceMinor();
    if (major < 0 || major > SpecialType.MAX_MAJOR || minor < 0 || minor > SpecialType.MAX_MINOR) {
      throw faults.refused(
          EntryNames.where(entry),
          "the device number " + major + ":" + minor,
          "at most " + SpecialType.MAX_MAJOR + ":" + SpecialType.MAX_MINOR,
          "build the image without this device");
    }
    index.special(path, entry.attributes(), type, (int) major, (int) minor);
  }

  private void checkXattrs(TarEntry entry) throws RejectedException {
    int total = 0;
    for (Xattr xattr : entry.attributes().xattrs()) {
      int name = xattr.name().length();
      int value = xattr.value().length();
      total += name + value;
      if (name == 0
          || name > MAX_XATTR_NAME_BYTES
          || value > MAX_XATTR_VALUE_BYTES
          || total > limits.maxXattrBytes()) {
        throw faults.refused(
            EntryNames.where(entry),
            String.format(
                "extended attribute \"%s\" of %s bytes, %s bytes of attributes so far",
                xattr.name(), value, total),
            String.format(
                "names of 1 to %s bytes, values up to %s, in all %s",
                MAX_XATTR_NAME_BYTES, MAX_XATTR_VALUE_BYTES, limits.maxXattrBytes()),
            "remove attributes from the file");
      }
    }
  }
}
