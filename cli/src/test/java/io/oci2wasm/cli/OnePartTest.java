package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command in the image of one part, where other parts' libraries are missing (images/). */
class OnePartTest {
  private static final List<String> NOWHERE =
      List.of("io.oci2wasm.embedded.", "io.oci2wasm.net.", "run.endive.", "org.jline.");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "gateway, io.oci2wasm.converter. org.apache.commons.compress.",
    "worker ingest, io.oci2wasm.converter. io.javalin. org.jdbi. com.nimbusds.",
    "worker resolve, io.oci2wasm.converter. io.javalin. org.jdbi. com.nimbusds.",
    "worker build, io.javalin. org.jdbi. com.nimbusds.",
  })
  void shouldReadTheConfigurationOfAllParts(String words, String missing) throws Exception {
    // Given
    List<String> absent = new ArrayList<>(NOWHERE);
    absent.addAll(List.of(missing.split(" ")));
    StringWriter said = new StringWriter();
    CommandLine command = command(new Without(absent));
    command.setErr(new PrintWriter(said, true));
    String file = directory.resolve("none.yaml").toString();

    // When: it gets as far as the file, behind every section's defaults.
    int code =
        command.execute(
            Stream.of(words.split(" "), new String[] {"--config", file})
                .flatMap(Stream::of)
                .toArray(String[]::new));

    // Then
    assertThat(said.toString()).contains(file);
    assertThat(code).isEqualTo(ExitCodes.USAGE);
  }

  private static CommandLine command(ClassLoader loader) throws ReflectiveOperationException {
    Class<?> part = loader.loadClass(OnePart.class.getName());
    assertThat(part.getClassLoader()).isSameAs(loader);
    Constructor<?> constructor = part.getDeclaredConstructor();
    constructor.setAccessible(true);
    var prepared = part.getSuperclass().getDeclaredMethod("prepared");
    prepared.setAccessible(true);
    return (CommandLine) Objects.requireNonNull(prepared.invoke(constructor.newInstance()));
  }

  /** Our own classes once more, which do not find some packages. */
  private static final class Without extends ClassLoader {
    private final List<String> absent;

    Without(List<String> absent) {
      super(OnePartTest.class.getClassLoader());
      this.absent = absent;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (absent.stream().anyMatch(name::startsWith)) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.oci2wasm.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : define(name);
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
