package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.cli.run.MappedFolder;
import io.oci2wasm.cli.run.ProgramContext;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RunFoldersTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path outer;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path inner;

  @BeforeEach
  void makeInner() throws Exception {
    inner = Files.createDirectory(outer.resolve("inner"));
  }

  @Test
  void shouldKeepTheOrderOfBothOptions() {
    // When
    List<MappedFolder> folders =
        folders(
            "run",
            "-v" + outer + ":/data",
            "--dir=" + inner + ":/data/one",
            "app.wasm",
            "--volume",
            inner + ":/data/two:ro",
            "--dir",
            outer.toString(),
            "sh",
            "-v",
            "x");

    // Then
    assertThat(folders)
        .containsExactly(
            new MappedFolder(outer, "/data", false),
            new MappedFolder(inner, "/data/one", false),
            new MappedFolder(inner, "/data/two", true),
            new MappedFolder(outer, outer.toString(), false));
  }

  @Test
  void shouldKeepTheOrderForTheProgram() {
    List<MappedFolder> all =
        List.of("/z", "/z/m", "/z/m/a", "/y", "/x", "/w", "/v").stream()
            .map(guest -> new MappedFolder(outer, guest, false))
            .toList();

    assertThat(context(all).folders()).containsExactlyElementsOf(all);
  }

  @Test
  void shouldTakeTheLastOfTwoWithOnePathAsItIs() {
    MappedFolder first = new MappedFolder(outer, "/data", true);
    MappedFolder last = new MappedFolder(inner, "/data", false);

    assertThat(context(List.of(first, last)).folders()).containsExactly(last);
  }

  private static ProgramContext context(List<MappedFolder> folders) {
    return ProgramContext.ofProcess(List.of("it"), InputStream.nullInputStream())
        .with(Map.of(), folders);
  }

  private static List<MappedFolder> folders(String... words) {
    CommandLine command = Oci2wasm.commandLineFor(words);
    command.parseArgs(Oci2wasm.ordered(command, words));
    RunCommand run =
        Objects.requireNonNull(command.getSubcommands().get("run"), "run").getCommand();
    return run.folders();
  }
}
