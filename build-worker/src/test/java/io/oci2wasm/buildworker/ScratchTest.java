package io.oci2wasm.buildworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchTest {
  @TempDir private Path parent;

  @Test
  void shouldLeaveNothingBehind() throws Exception {
    try (Scratch scratch = Scratch.open(BuildConfig.DEFAULT.in(parent))) {
      Files.writeString(
          Files.createDirectory(scratch.directory().resolve("conversion-1")).resolve("a"), "x");
    }

    assertThat(content()).isEmpty();
  }

  @Test
  void shouldRemoveWhatAKilledWorkerLeftAndNothingElse() throws Exception {
    Path left = Files.createDirectory(parent.resolve("oci2wasm-build-1"));
    Files.writeString(left.resolve("layer-1.data"), "x");
    Files.createFile(parent.resolve("oci2wasm-build-1.lock"));
    Path lockless = Files.createDirectory(parent.resolve("oci2wasm-build-2"));
    Path anothers = Files.createDirectory(parent.resolve("precious"));

    try (Scratch scratch = Scratch.open(BuildConfig.DEFAULT.in(parent))) {
      assertThat(left).doesNotExist();
      assertThat(lockless).doesNotExist();
      assertThat(anothers).exists();
      assertThat(scratch.directory()).exists();
    }
    assertThat(content()).containsExactly(anothers);
  }

  @Test
  void shouldNotTouchWhatAWorkerOfThisProcessUses() throws Exception {
    try (Scratch first = Scratch.open(BuildConfig.DEFAULT.in(parent));
        Scratch second = Scratch.open(BuildConfig.DEFAULT.in(parent));
        Scratch third = Scratch.open(BuildConfig.DEFAULT.in(parent))) {
      assertThat(List.of(first, second, third))
          .allSatisfy(scratch -> assertThat(scratch.directory()).exists())
          .extracting(Scratch::directory)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void shouldNotTouchWhatAnotherProcessUsesUntilItIsKilled() throws Exception {
    Path used = Files.createDirectory(parent.resolve("oci2wasm-build-3"));
    Path lock = Files.createFile(parent.resolve("oci2wasm-build-3.lock"));
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                lock.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("held");
      Scratch.open(BuildConfig.DEFAULT.in(parent)).close();
      assertThat(used).exists();
    } finally {
      other.destroyForcibly();
      assertThat(other.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    Scratch.open(BuildConfig.DEFAULT.in(parent)).close();

    assertThat(content()).isEmpty();
  }

  private List<Path> content() throws IOException {
    try (Stream<Path> paths = Files.list(parent)) {
      return paths.toList();
    }
  }

  /** Another worker: holds a lock until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try (FileChannel channel =
          FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
        channel.lock();
        System.out.println("held");
        Thread.sleep(60_000);
      }
    }
  }
}
