package io.oci2wasm.cli.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import run.endive.compiler.Cache;

/**
 * Compiled programs on disk, by the program's digest: one for each engine, whatever the image. Only
 * the owner may write there, as what it holds is run.
 */
final class CompiledPrograms implements Cache {
  private static final String COMPILER_POM = "/META-INF/maven/run.endive/compiler/pom.properties";

  private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9_-]");

  private final Path folder;

  CompiledPrograms(Path folder) {
    this.folder = folder;
  }

  /** The user's cache folder (XDG base directory specification). */
  static CompiledPrograms ofUser(Map<String, String> environment) throws IOException {
    String cache = environment.get("XDG_CACHE_HOME");
    Path base =
        cache != null && !cache.isEmpty()
            ? Path.of(cache)
            : Path.of(System.getProperty("user.home"), ".cache");
    return new CompiledPrograms(base.resolve("oci2wasm").resolve("endive-" + compilerVersion()));
  }

  /** What another compiler has made is of no use. */
  private static String compilerVersion() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Cache.class.getResourceAsStream(COMPILER_POM)) {
      properties.load(Objects.requireNonNull(in, COMPILER_POM));
    }
    return Objects.requireNonNull(properties.getProperty("version"), COMPILER_POM);
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
