package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.PayloadHeader;
import io.oci2wasm.converter.wasm.BinaryReader;
import io.oci2wasm.converter.wasm.BinaryWriter;
import io.oci2wasm.converter.wasm.DataSegment;
import io.oci2wasm.converter.wasm.MalformedModuleException;
import io.oci2wasm.converter.wasm.Section;
import io.oci2wasm.converter.wasm.SectionId;
import io.oci2wasm.converter.wasm.WasmComponent;
import io.oci2wasm.converter.wasm.WasmModule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A bundle on disk, taken apart (docs/FORMATS.md, "The bundle"): the program, and the contents of
 * its passive data segments, which stay in the file and are only mapped. So the root filesystem
 * costs no heap, and programs of different images with the same engine are the same bytes.
 */
public final class BundleFile {
  /** Where the engine looks for a data file (docs/FORMATS.md, "Split bundles"). */
  public static final String DATA_FOLDER = "/.oci2wasm";

  /** Where the engine looks for a scratch disk (docs/FORMATS.md, "Scratch disk"). */
  public static final String SCRATCH_FOLDER = DATA_FOLDER + "/scratch";

  private static final String EXPOSE = "expose=";
  private static final ByteBuffer EMPTY_PASSIVE = ByteBuffer.wrap(new byte[] {1, 0});

  private final Path file;
  private final boolean component;
  private final BinaryWriter program = new BinaryWriter().bytes(WasmModule.preamble());
  private final List<ByteBuffer> segments = new ArrayList<>();
  private Optional<byte[]> description = Optional.empty();

  private BundleFile(Path file, ByteBuffer bytes) throws MalformedModuleException {
    this.file = file;
    this.component = WasmComponent.isOne(bytes);
    WasmModule module = WasmModule.parse(component ? WasmComponent.coreModule(bytes) : bytes);
    for (Section section : module.sections()) {
      switch (section.id()) {
        case CUSTOM -> readCustom(section.reader());
        case DATA -> readData(section);
        default -> program.section(section.id(), section.body());
      }
    }
  }

  /**
   * Opens {@code file}.
   *
   * @throws RejectedException if it is no WebAssembly module, and no component with one
   */
  public static BundleFile open(Path file) throws RejectedException, IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new RejectedException(
            Reason.BUNDLE_TOO_LARGE,
            "reading " + file + ": found " + channel.size() + " bytes, expected at most 2 GiB");
      }
      return new BundleFile(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
    } catch (MalformedModuleException e) {
      throw new RejectedException(
          Reason.MANIFEST_INVALID,
          String.format(
              "reading %s, %s, expected a WebAssembly module; check that the file is whole",
              file, e.found()),
          e);
    }
  }

  /** Is it a component, which this JVM does not run? */
  public boolean isComponent() {
    return component;
  }

  /**
   * Do its translations need a host that has 128-bit vectors, which this JVM has not?
   *
   * @throws IOException if {@code bundle.json} is damaged
   */
  public boolean needsVectors() throws IOException {
    return description.isPresent()
        && Json.MAPPER.readTree(description.get()).path("options").path("simd").asBoolean();
  }

  /** Custom sections say nothing that running needs. */
  private void readCustom(BinaryReader reader) throws MalformedModuleException {
    String name = reader.name("custom section's name");
    if (name.equals(BundleWriter.DESCRIPTION_SECTION)) {
      description = Optional.of(reader.rest(name));
    }
  }

  /** Copies the section with every passive segment empty. */
  private void readData(Section section) throws MalformedModuleException {
    List<DataSegment> all = DataSegment.readAll(section);
    BinaryWriter data = new BinaryWriter().u32(all.size());
    for (DataSegment segment : all) {
      segments.add(segment.passive() ? segment.content() : ByteBuffer.allocate(0));
      data.bytes(segment.passive() ? EMPTY_PASSIVE : segment.encoded());
    }
    program.section(SectionId.DATA, data.toByteArray());
  }

  /** The module with every passive segment empty and without custom sections. */
  byte[] program() {
    return program.toByteArray();
  }

  /**
   * The content of each data segment by its index; active ones, which {@link #program} has, empty.
   */
  public List<ByteBuffer> segments() {
    return List.copyOf(segments);
  }

  /**
   * The data file of a split bundle, which is in the module's folder.
   *
   * @throws RejectedException if the payload header is damaged
   */
  public Optional<DataFile> dataFile() throws RejectedException {
    try {
      return segments.size() <= BundleWriter.FIRST_SEGMENT
          ? Optional.empty()
          : PayloadHeader.dataFile(segments.get(BundleWriter.FIRST_SEGMENT));
    } catch (IllegalArgumentException e) {
      throw new RejectedException(
          Reason.MANIFEST_INVALID,
          String.format("reading %s: %s; convert its image again", file, e.getMessage()),
          e);
    }
  }

  /**
   * Folders that the engine itself needs.
   *
   * @throws RejectedException if the payload header is damaged
   */
  public List<MappedFolder> ownFolders() throws RejectedException {
    return dataFile().isEmpty()
        ? List.of()
        : List.of(new MappedFolder(folder(), DATA_FOLDER, true));
  }

  /** The folder that the file is in. */
  public Path folder() {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file is in a folder");
  }

  /** Ports that the image exposes, as {@code 80/tcp}; none if the module is no bundle. */
  public List<String> exposedPorts() {
    if (segments.size() <= BundleWriter.LAUNCH_SEGMENT) {
      return List.of();
    }
    String launch = UTF_8.decode(segments.get(BundleWriter.LAUNCH_SEGMENT).duplicate()).toString();
    return Stream.of(launch.split("\0"))
        .filter(record -> record.startsWith(EXPOSE))
        .map(record -> record.substring(EXPOSE.length()))
        .toList();
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
                        file, BundleWriter.DESCRIPTION_SECTION)))
        .clone();
  }
}
