package io.oci2wasm.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.converter.bundle.BundleDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process of its own: what a container prints goes to the process's output. */
class DemoIT {
  private static final int LIMIT_SECONDS = 600;

  @TempDir Path folder;

  @Test
  void shouldShowEveryStageAndBootWhatItMade() throws Exception {
    // Given
    Path bundles = folder.resolve("sample");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));

    // When
    Path log = execute(temporary, 0, "demo", "-o", bundles.toString());

    // Then
    assertThat(Files.readString(log))
        .containsSubsequence(
            "pipeline  is up at http://127.0.0.1:",
            "announces a push of oci2wasm/sample:latest",
            "ingest    in the object store",
            "resolve   to convert: ",
            "build     linux/",
            ", downloaded from the API");
    for (String architecture : List.of("riscv64", "amd64")) {
      Path bundle = bundles.resolve("linux-" + architecture + ".wasm");
      assertThat(log)
          .content()
          .contains("to convert: linux/" + architecture)
          .containsSubsequence(
              "booting " + bundle,
              "kernel   Linux",
              architecture.equals("amd64") ? "x86_64" : architecture,
              "the container ended with exit code 0");
      assertThat(BundleDescription.parse(BundleFile.open(bundle).description()).platform())
          .hasToString("linux/" + architecture);
    }
    try (var left = Files.list(temporary)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("oci2wasm"));
    }
  }

  @Test
  void shouldEndWithTheContainersExitCode() throws Exception {
    // Given
    Path bundle = folder.resolve("sample.wasm");
    String sample = "oci:src/main/resources/sample";
    execute(folder, 0, "convert", sample, "--platform", "linux/amd64", "-o", bundle.toString());

    // When
    Path log = execute(folder, 3, "run", bundle.toString(), "--", "sh", "-c", "echo hi; exit 3");

    // Then
    assertThat(log).hasContent("hi\n");
  }

  private Path execute(Path temporary, int expectedExitCode, String... words)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-DontCompileHugeMethods",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                "io.oci2wasm.cli.Oci2wasm"));
    command.addAll(List.of(words));
    Path log = folder.resolve("out.log");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Files.createTempFile(folder, "empty", "").toFile())
            .redirectOutput(log.toFile())
            .redirectError(folder.resolve("err.log").toFile())
            .start();
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue())
        .as(Files.readString(folder.resolve("err.log"), UTF_8))
        .isEqualTo(expectedExitCode);
    return log;
  }
}
