package io.oci2wasm.converter.bundle;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.wasm.BinaryWriter;
import io.oci2wasm.converter.wasm.ModuleSlice;
import io.oci2wasm.converter.wasm.Section;
import io.oci2wasm.converter.wasm.SectionId;
import io.oci2wasm.converter.wasm.WasmModule;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lays out a bundle: the engine's sections, with three passive data segments behind its own, and
 * the bundle's description as the last section (docs/FORMATS.md, "The bundle"); with an engine of
 * components the component around it. All but the root filesystem's frames is in memory; those are
 * streamed through.
 */
public final class BundleWriter {
  /** V8 refuses larger modules (kV8MaxWasmModuleSize, src/wasm/wasm-limits.h). */
  public static final long MAX_MODULE_BYTES = 1L << 30;

  /** Index of the payload header's segment; launch description and frames follow. */
  public static final int FIRST_SEGMENT = 16;

  /** The index of the launch description. */
  public static final int LAUNCH_SEGMENT = FIRST_SEGMENT + 1;

  /** The index of the root filesystem's frames. */
  public static final int FRAMES_SEGMENT = FIRST_SEGMENT + 2;

  private static final int SEGMENTS = FIRST_SEGMENT + 3;
  private static final int PASSIVE = 1;

  /** The custom section that holds {@code bundle.json}. */
  public static final String DESCRIPTION_SECTION = "oci2wasm.bundle";

  private final ModuleParts head;
  private final ModuleParts tail;
  private final long framesSize;

  /** Writes the frames that are in the module, as many bytes as were announced. */
  @FunctionalInterface
  public interface FramesSource {
    void writeTo(WritableByteChannel target) throws IOException;
  }

  /**
   * Lays a bundle out.
   *
   * @param frames the table of the root filesystem's frames
   * @param description {@code bundle.json} without the member {@code bundle}
   * @param maxBytes size of the whole module that is not exceeded
   * @throws RejectedException {@code bundle-too-large}
   * @throws IOException if the engine is not fit to be one
   */
  public BundleWriter(
      Engine engine,
      ConversionOptions options,
      byte[] launch,
      FrameTable frames,
      byte[] description,
      long maxBytes)
      throws RejectedException, IOException {
    this(engine, options, launch, frames, null, description, maxBytes);
  }

  /**
   * Lays out a bundle whose last frames are in {@code data}, if that is not null; parameters as
   * above.
   */
  public BundleWriter(
      Engine engine,
      ConversionOptions options,
      byte[] launch,
      FrameTable frames,
      @Nullable DataFile data,
      byte[] description,
      long maxBytes)
      throws RejectedException, IOException {
    WasmModule module = engine.checkedModule();
    long ownSegments = module.dataSegments();
    ModuleSlice own = module.dataSegmentSlice();
    BinaryWriter first = new BinaryWriter();
    for (long i = ownSegments; i < FIRST_SEGMENT; i++) {
      first.u8(PASSIVE).u32(0);
    }
    passive(first, new PayloadHeader(launch.length, frames, options.memory(), data).encode());
    passive(first, launch);
    this.framesSize = data == null ? frames.storedBytes() : data.moduleFrameBytes();
    checkSize(framesSize + own.sizeBytes() + first.size(), maxBytes);
    first.u8(PASSIVE).u32(framesSize);
    byte[] segments = first.toByteArray();
    byte[] count = new BinaryWriter().u32(SEGMENTS).toByteArray();

    ModuleParts before = new ModuleParts().own(WasmModule.preamble());
    ModuleParts after = new ModuleParts();
    boolean counted = false;
    for (Section section : module.sections()) {
      SectionId id = section.id();
      if (id == SectionId.DATA || id == SectionId.DATA_COUNT) {
        continue;
      }
      if (!counted && id == SectionId.CODE) {
        before.own(new BinaryWriter().section(SectionId.DATA_COUNT, count).toByteArray());
        counted = true;
      }
      // What follows the code can only be custom sections: they go behind the data.
      boolean beforeData = !counted || id == SectionId.CODE;
      (beforeData ? before : after)
          .own(new BinaryWriter().u8(id.code()).u32(section.sizeBytes()).toByteArray())
          .engine(section.slice());
    }
    before
        .own(
            new BinaryWriter()
                .u8(SectionId.DATA.code())
                .u32(count.length + own.sizeBytes() + segments.length + framesSize)
                .bytes(count)
                .toByteArray())
        .engine(own)
        .own(segments);
    byte[] described =
        new BinaryWriter().name(DESCRIPTION_SECTION).bytes(description).toByteArray();
    after.own(new BinaryWriter().section(SectionId.CUSTOM, described).toByteArray());
    Optional<ComponentWrapper> wrapper = engine.wrapper();
    if (wrapper.isPresent()) {
      long moduleBytes = before.sizeBytes() + framesSize + after.sizeBytes();
      before = new ModuleParts().own(wrapper.get().before(moduleBytes)).all(before);
      after.own(wrapper.get().after());
    }
    this.head = before;
    this.tail = after;
    checkSize(sizeBytes(), maxBytes);
  }

  private static void passive(BinaryWriter writer, byte[] content) {
    writer.u8(PASSIVE).u32(content.length).bytes(content);
  }

  private static void checkSize(long size, long maxBytes) throws RejectedException {
    if (size > maxBytes) {
      throw new RejectedException(
          Reason.BUNDLE_TOO_LARGE,
          String.format(
              "putting the bundle together: found %s bytes, expected at most %s (node and"
                  + " browsers refuse a module of over 1 GiB); make the image smaller",
              size, maxBytes));
    }
  }

  /** Size of the whole file. */
  public long sizeBytes() {
    return head.sizeBytes() + framesSize + tail.sizeBytes();
  }

  /** Writes the module: {@link #sizeBytes} bytes. */
  public void writeTo(WritableByteChannel target, FramesSource frames) throws IOException {
    head.writeTo(target);
    frames.writeTo(target);
    tail.writeTo(target);
  }

  /**
   * The recipe of the module that {@link #writeTo} writes.
   *
   * @param engineObject the key of the engine
   * @param frames pieces that are the frames in the module
   * @param data pieces that are the data file; none where there is no such file
   */
  public Recipe recipe(String engineObject, List<Piece> frames, List<Piece> data) {
    List<Piece> pieces = new ArrayList<>(head.pieces(engineObject));
    pieces.addAll(frames);
    pieces.addAll(tail.pieces(engineObject));
    return new Recipe(pieces, data);
  }
}
