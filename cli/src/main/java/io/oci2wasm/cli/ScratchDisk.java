package io.oci2wasm.cli;

import io.oci2wasm.api.SizeText;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.cli.run.MappedFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a run's scratch disk, whose file the engine makes in it (docs/FORMATS.md, "Scratch
 * disk"): a temporary one, one that stays and is this run's alone, or none.
 */
final class ScratchDisk implements Closeable {
  private static final String KEPT = "keep";
  private static final String SIZE_OPTION = ",size=";
  private static final long LEAST_BYTES = 128L << 20;
  private static final long MOST_BYTES = 1L << 40;

  private static final ScratchDisk NONE = new ScratchDisk(List.of(), List.of(), () -> {});

  private final List<MappedFolder> folders;
  private final List<String> engineWords;
  private final Closeable end;

  private ScratchDisk(List<MappedFolder> folders, List<String> engineWords, Closeable end) {
    this.folders = folders;
    this.engineWords = engineWords;
    this.end = end;
  }

  private static ScratchDisk in(Path folder, String engineValue, Closeable end) {
    return new ScratchDisk(
        List.of(new MappedFolder(folder, BundleFile.SCRATCH_FOLDER, false)),
        List.of("--scratch=" + engineValue),
        end);
  }

  /**
   * @param word {@code SIZE}, {@code DIR} or {@code DIR,size=SIZE}, or null for none
   * @throws IllegalArgumentException if it is none of them, or another run is using the folder
   */
  static ScratchDisk open(@Nullable String word) throws IOException {
    if (word == null) {
      return NONE;
    }
    if (SizeText.isSize(word)) {
      check(word, word);
      TemporaryFolder temporary = TemporaryFolder.create("oci2wasm-scratch-");
      return in(temporary.path(), word, temporary);
    }
    int comma = word.lastIndexOf(SIZE_OPTION);
    String name = comma < 0 ? word : word.substring(0, comma);
    @Nullable String size = comma < 0 ? null : word.substring(comma + SIZE_OPTION.length());
    if (size != null) {
      check(word, size);
    }
    if (name.isEmpty()) {
      throw malformed(word);
    }
    ScratchFolder taken = ScratchFolder.take(Path.of(name));
    return in(taken.path(), size == null ? KEPT : KEPT + "=" + size, taken);
  }

  private static void check(String word, String size) {
    if (!SizeText.isSize(size)) {
      throw malformed(word);
    }
    if (!isPossible(size)) {
      throw new IllegalArgumentException(
          String.format("--scratch %s: found the size %s, expected 128m to 1t", word, size));
    }
  }

  private static boolean isPossible(String size) {
    try {
      long bytes = SizeText.bytes(size);
      return bytes >= LEAST_BYTES && bytes <= MOST_BYTES;
    } catch (IllegalArgumentException e) { // more than a long holds
      return false;
    }
  }

  private static IllegalArgumentException malformed(String word) {
    return new IllegalArgumentException(
        String.format(
            "--scratch: found \"%s\", expected SIZE, DIR or DIR,size=SIZE, for example --scratch 8g"
                + " or --scratch ./disk,size=8g",
            word));
  }

  /** What is mapped for it. */
  List<MappedFolder> folders() {
    return folders;
  }

  /** Its option of the engine's. */
  List<String> engineWords() {
    return engineWords;
  }

  /** Removes what is temporary, and lets others use what stays. */
  @Override
  public void close() throws IOException {
    end.close();
  }
}
