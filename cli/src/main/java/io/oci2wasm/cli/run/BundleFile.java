package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A bundle on disk, taken apart (docs/FORMATS.md, "The bundle"): the program, and the contents of
 * its passive data segments, which stay in the file and are only mapped. So the root filesystem
 * costs no heap, and programs of different images with the same engine are the same bytes.
 */
public final class BundleFile {
  private static final byte[] HEADER = {0, 'a', 's', 'm', 1, 0, 0, 0};
  private static final String DESCRIPTION = "oci2wasm.bundle";
  private static final int CUSTOM_SECTION = 0;
  private static final int DATA_SECTION = 11;
  private static final int PASSIVE = 1;
  private static final int WITH_MEMORY_INDEX = 2;
  private static final int I32_CONST = 0x41;
  private static final int END = 0x0b;

  private final Path file;
  private final ByteBuffer bytes;
  private final ByteArrayOutputStream program = new ByteArrayOutputStream();
  private final List<ByteBuffer> segments = new ArrayList<>();
  private Optional<byte[]> description = Optional.empty();

  private BundleFile(Path file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /**
   * Opens {@code file}.
   *
   * @throws RejectedException if it is no WebAssembly module
   */
  public static BundleFile open(Path file) throws RejectedException, IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new RejectedException(
            Reason.BUNDLE_TOO_LARGE,
            "reading " + file + ": found " + channel.size() + " bytes, expected at most 2 GiB");
      }
      BundleFile bundle =
          new BundleFile(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
      bundle.readSections();
      return bundle;
    }
  }

  private void readSections() throws RejectedException {
    ByteReader reader = new ByteReader(file, bytes.duplicate());
    for (byte expected : HEADER) {
      int found = reader.u8("header");
      if (found != expected) {
        throw reader.malformed("header", String.format("0x%02x", found));
      }
    }
    program.writeBytes(HEADER);
    while (!reader.atEnd()) {
      int start = reader.position();
      int id = reader.u8("section id");
      int size = reader.u32("section size");
      int content = reader.skip(size, "section " + id);
      if (id == DATA_SECTION) {
        readData(new ByteReader(file, limited(content, size)));
      } else if (id == CUSTOM_SECTION) {
        readCustom(new ByteReader(file, limited(content, size)), content + size);
      } else {
        copy(start, content + size);
      }
    }
  }

  private ByteBuffer limited(int start, int size) {
    return bytes.duplicate().limit(start + size).position(start);
  }

  private void copy(int start, int end) {
    byte[] part = new byte[end - start];
    bytes.get(start, part);
    program.writeBytes(part);
  }

  /** Custom sections say nothing that running needs. */
  private void readCustom(ByteReader reader, int end) throws RejectedException {
    int nameLength = reader.u32("custom section's name");
    String name = new String(reader.bytes(nameLength, "custom section's name"), UTF_8);
    if (name.equals(DESCRIPTION)) {
      description = Optional.of(reader.bytes(end - reader.position(), name));
    }
  }

  /** Copies the section with every passive segment empty (core specification, section 5.5.14). */
  private void readData(ByteReader reader) throws RejectedException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int count = reader.u32("data segment count");
    writeU32(data, count);
    for (int i = 0; i < count; i++) {
      int start = reader.position();
      int mode = reader.u32("data segment mode");
      if (mode == PASSIVE) {
        int length = reader.u32("data segment size");
        segments.add(bytes.slice(reader.skip(length, "data segment"), length));
        writeU32(data, PASSIVE);
        writeU32(data, 0);
      } else {
        skipActive(reader, mode);
        byte[] segment = new byte[reader.position() - start];
        bytes.get(start, segment);
        data.writeBytes(segment);
        segments.add(ByteBuffer.allocate(0));
      }
    }
    program.write(DATA_SECTION);
    writeU32(program, data.size());
    program.writeBytes(data.toByteArray());
  }

  private static void skipActive(ByteReader reader, int mode) throws RejectedException {
    if (mode == WITH_MEMORY_INDEX) {
      reader.skipNumber("data segment's memory");
    }
    int opcode = reader.u8("data segment's offset");
    if (opcode != I32_CONST) {
      throw reader.malformed("data segment's offset", "opcode " + opcode);
    }
    reader.skipNumber("data segment's offset");
    int end = reader.u8("data segment's offset");
    if (end != END) {
      throw reader.malformed("data segment's offset", "opcode " + end);
    }
    reader.skip(reader.u32("data segment size"), "data segment");
  }

  private static void writeU32(ByteArrayOutputStream out, int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  /** The module with every passive segment empty and without custom sections. */
  byte[] program() {
    return program.toByteArray();
  }

  /**
   * The content of each data segment by its index; active ones, which {@link #program} has, empty.
   */
  List<ByteBuffer> segments() {
    return List.copyOf(segments);
  }

  /**
   * The bundle's own {@code bundle.json}.
   *
   * @throws RejectedException if this is a module but no bundle
   */
  public byte[] description() throws RejectedException {
    return description
        .orElseThrow(
            () ->
                new RejectedException(
                    Reason.NOT_AN_IMAGE,
                    String.format(
                        "reading %s: found a WebAssembly module without section %s, expected a"
                            + " bundle; convert an image to get one",
                        file, DESCRIPTION)))
        .clone();
  }
}
