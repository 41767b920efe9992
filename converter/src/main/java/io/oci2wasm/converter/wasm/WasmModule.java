package io.oci2wasm.converter.wasm;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A module as its sections, in order (core specification 2.0, section 5.5.16). It checks the frame,
 * not the code: WebAssembly engines do that.
 */
public final class WasmModule {
  /** {@code \0asm} and version 1. */
  private static final byte[] PREAMBLE = {0, 'a', 's', 'm', 1, 0, 0, 0};

  private final List<Section> sections;

  private WasmModule(List<Section> sections) {
    this.sections = List.copyOf(sections);
  }

  /** The eight bytes that begin every module. */
  public static byte[] preamble() {
    return PREAMBLE.clone();
  }

  /**
   * Reads a module, whose sections stay where they are: {@code module} must not change any more.
   * {@link BinaryWriter#section} over {@link #sections} behind the {@link #preamble} gives the same
   * bytes back, if its sizes were written in as few bytes as they need.
   *
   * @throws MalformedModuleException if it is none
   */
  public static WasmModule parse(byte[] module) throws MalformedModuleException {
    return parse(ByteBuffer.wrap(module));
  }

  /** The same of a module that is not in the heap. */
  public static WasmModule parse(ByteBuffer module) throws MalformedModuleException {
    BinaryReader reader = new BinaryReader(module, 0);
    if (!Arrays.equals(reader.take(PREAMBLE.length, "preamble"), PREAMBLE)) {
      throw new MalformedModuleException("preamble", 0, "other bytes", "\\0asm and version 1");
    }
    List<Section> sections = new ArrayList<>();
    SectionId last = SectionId.CUSTOM;
    while (!reader.atEnd()) {
      int start = reader.position();
      int code = reader.u8("section id");
      SectionId id = SectionId.ofCode(code);
      if (id == null) {
        throw new MalformedModuleException("section id", start, "id " + code, "0 to 12");
      }
      if (id != SectionId.CUSTOM) {
        if (id.compareTo(last) <= 0) {
          throw new MalformedModuleException(
              "section", start, id + " after " + last, "each kind once and in order");
        }
        last = id;
      }
      long size = reader.u32("size of section " + id);
      int bodyOffset = reader.position();
      sections.add(new Section(id, reader.slice(size, "section " + id), bodyOffset));
    }
    return new WasmModule(sections);
  }

  public List<Section> sections() {
    return sections;
  }

  public Optional<Section> section(SectionId id) {
    return sections.stream().filter(section -> section.id() == id).findFirst();
  }

  /**
   * How many data segments the module has.
   *
   * @throws MalformedModuleException if the data section does not begin with a number
   */
  public long dataSegments() throws MalformedModuleException {
    Optional<Section> data = section(SectionId.DATA);
    return data.isPresent() ? data.get().reader().u32("count of data segments") : 0;
  }

  /** The data segments as they stand, without their count. */
  public ModuleSlice dataSegmentSlice() throws MalformedModuleException {
    Optional<Section> data = section(SectionId.DATA);
    if (data.isEmpty()) {
      return new ModuleSlice(ByteBuffer.allocate(0), 0);
    }
    BinaryReader reader = data.get().reader();
    int start = reader.position();
    reader.u32("count of data segments");
    int offset = reader.position();
    return new ModuleSlice(
        reader.slice(data.get().sizeBytes() - (offset - start), "data segments"), offset);
  }

  /** What the module imports, in order. */
  public List<Import> imports() throws MalformedModuleException {
    Optional<Section> section = section(SectionId.IMPORT);
    return section.isPresent() ? Import.readAll(section.get().reader()) : List.of();
  }

  /** How many functions it imports; its own are numbered behind them. */
  long importedFunctions() throws MalformedModuleException {
    return imports().stream().filter(Import::function).count();
  }

  /** The names the module exports, in order. */
  public List<String> exportNames() throws MalformedModuleException {
    Optional<Section> section = section(SectionId.EXPORT);
    if (section.isEmpty()) {
      return List.of();
    }
    BinaryReader reader = section.get().reader();
    List<String> names = new ArrayList<>();
    long count = reader.u32("count of exports");
    for (long i = 0; i < count; i++) {
      names.add(reader.name("export name"));
      reader.u8("export kind");
      reader.u32("export index");
    }
    return names;
  }
}
