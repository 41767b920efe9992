package io.oci2wasm.converter.convert;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class OutputFileTest {
  @TempDir Path folder;

  /** A process that begins to write the file it is told, and waits. */
  static final class Unfinished {
    private Unfinished() {}

    public static void main(String[] args) throws Exception {
      try (OutputFile file = new OutputFile(Path.of(args[0]))) {
        file.channel().write(ByteBuffer.wrap("half".getBytes(US_ASCII)));
        System.out.println("written");
        Thread.sleep(Long.MAX_VALUE);
      }
    }
  }

  private String[] names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toArray(String[]::new);
    }
  }

  @Test
  void shouldGiveTheFileItsNameOnlyWhenItIsWhole() throws Exception {
    // Given
    Path whole = folder.resolve("whole");

    // When
    try (OutputFile file = new OutputFile(whole);
        OutputFile other = new OutputFile(folder.resolve("half"))) {
      file.channel().write(ByteBuffer.wrap("all".getBytes(US_ASCII)));
      other.channel().write(ByteBuffer.wrap("half".getBytes(US_ASCII)));
      assertThat(whole).doesNotExist();
      file.publish();
    }

    // Then
    assertThat(names()).containsExactly("whole");
    assertThat(whole).hasContent("all");
  }

  @Test
  void shouldLeaveNothingOfAProcessThatIsInterrupted() throws Exception {
    // Given
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                java.toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Unfinished.class.getName(),
                folder.resolve("app.wasm").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.getInputStream().readNBytes(7)).asString().isEqualTo("written");
    assertThat(names()).containsExactly("app.wasm.part");

    // When: SIGTERM
    process.destroy();

    // Then
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(names()).isEmpty();
  }
}
