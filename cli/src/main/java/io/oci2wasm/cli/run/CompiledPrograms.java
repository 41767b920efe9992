package io.oci2wasm.cli.run;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import run.endive.compiler.Cache;

/**
 * Compiled programs on disk, by the program's digest: one for each engine, whatever the image. Only
 * the owner may write there, as what it holds is run.
 */
final class CompiledPrograms implements Cache {
  /** Part of the folder's name: another compiler's classes are of no use. */
  private static final String COMPILER = "endive-1.0.0";

  private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9_-]");

  private final Path folder;

  CompiledPrograms(Path folder) {
    this.folder = folder;
  }

  /** The user's cache folder (XDG base directory specification). */
  static CompiledPrograms ofUser(Map<String, String> environment) {
    String cache = environment.get("XDG_CACHE_HOME");
    Path base =
        cache != null && !cache.isEmpty()
            ? Path.of(cache)
            : Path.of(System.getProperty("user.home"), ".cache");
    return new CompiledPrograms(base.resolve("oci2wasm").resolve(COMPILER));
  }

  @Override
  @SuppressWarnings("NullAway") // the interface says "null if there is none", without annotations
  public byte @Nullable [] get(String key) throws IOException {
    Path file = file(key);
    return Files.exists(file) ? Files.readAllBytes(file) : null;
  }

  @Override
  public void putIfAbsent(String key, byte[] compiled) throws IOException {
    Files.createDirectories(folder);
    Path temporary = Files.createTempFile(folder, "new-", "");
    try {
      Files.write(temporary, compiled);
      Files.move(temporary, file(key), StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException e) {
      // Another process was as quick, with the same bytes.
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  private Path file(String key) {
    return folder.resolve(UNSAFE.matcher(key).replaceAll("_"));
  }
}
