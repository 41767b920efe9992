package io.oci2wasm.buildworker.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.buildworker.process.ChildJvm;
import io.oci2wasm.converter.train.TrainingLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A training's process may end in any way, and harms nobody. */
@Timeout(300)
class TrainingRunsTest {
  private static final Duration LONG = Duration.ofMinutes(4);

  @TempDir private Path folder;

  private TrainingRuns runs(Duration maxTime) {
    return new TrainingRuns(
        new ChildJvm(FakeTraining.class.getName(), folder.resolve("cache")), maxTime);
  }

  private TrainingRuns.Run run(String word) {
    return new TrainingRuns.Run(
        folder.resolve("bundle.wasm"),
        TrainingTime.DEFAULT,
        GuestMemory.parse("64m"),
        List.of(word));
  }

  @Test
  void shouldReadTheLogOfARunAndLeaveNothing() throws Exception {
    // When
    TrainingLog log = runs(LONG).train(run("well"));

    // Then
    assertThat(log).isEqualTo(new TrainingLog(Sha256Digest.of(new byte[] {1}), List.of()));
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "crash;training-failed;its process crashed with exit code 134",
        "refuse;training-failed;found no such command",
        "garbage;training-failed;reading its log: found its end too soon",
        "endless;training-failed;found a log of 33554433 bytes, expected at most 33554432",
        "nothing;training-failed;reading its log: found its end too soon",
        "exhaust;memory-limit;its process needs more memory than it may have",
      })
  void shouldSayHowARunFailedAndLeaveNothing(String word, String reason, String message) {
    // When, Then
    assertThatThrownBy(() -> runs(LONG).train(run(word)))
        .isInstanceOf(RejectedException.class)
        .hasMessageStartingWith("training by \"" + word + "\"")
        .hasMessageContaining(message)
        .extracting(e -> ((RejectedException) e).reason())
        .hasToString(reason);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void shouldKillARunThatTakesTooLong() {
    // When, Then
    assertThatThrownBy(() -> runs(Duration.ofSeconds(1)).train(run("hang")))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("found it not done after 1 s")
        .extracting(e -> ((RejectedException) e).reason())
        .isEqualTo(Reason.TIME_LIMIT);
    assertThat(ProcessHandle.current().children()).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void shouldKillARunWhoseWorkerIsInterrupted() throws Exception {
    // Given
    Thread[] worker = new Thread[1];
    Throwable[] thrown = new Throwable[1];
    worker[0] =
        new Thread(
            () -> {
              try {
                runs(LONG).train(run("hang"));
              } catch (Exception e) {
                thrown[0] = e;
              }
            });

    // When
    worker[0].start();
    while (ProcessHandle.current().children().findAny().isEmpty()) {
      Thread.sleep(10);
    }
    worker[0].interrupt();
    worker[0].join();

    // Then
    assertThat(thrown[0]).isInstanceOf(InterruptedException.class);
    assertThat(ProcessHandle.current().children()).isEmpty();
  }

  @Test
  void shouldMeasureNothingOfARunThatFailed() throws Exception {
    // When, Then
    assertThat(runs(LONG).measure(run("crash"))).isEmpty();
    assertThat(runs(LONG).measure(run("environment"))).isEmpty();
  }

  /** Whatever the worker's has: names of files with secrets, proxies, JVM options. */
  @Test
  void shouldGiveTheProcessNoEnvironment() throws Exception {
    // Given
    ChildJvm jvm = new ChildJvm(FakeTraining.class.getName(), folder.resolve("cache"));

    // When
    ChildJvm.Ended ended = jvm.run(List.of("environment"), folder, 64 << 20, LONG);

    // Then
    assertThat(List.of(ended.output().replaceAll("[\\[\\]]", "").split(", ")))
        .contains("XDG_CACHE_HOME")
        .allMatch(name -> name.matches("XDG_CACHE_HOME|LANG|LC_ALL|LC_CTYPE|_|PWD|SHLVL"));
    assertThat(System.getenv()).hasSizeGreaterThan(4);
  }

  @Test
  void shouldRefuseAJobThatCrashesTheTranslator() throws Exception {
    // Given
    Path module = Files.createFile(folder.resolve("translator.wasm"));

    // When, Then
    assertThatThrownBy(() -> runs(LONG).run(module, new byte[0]))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("translating what was recorded")
        .extracting(e -> ((RejectedException) e).reason())
        .isEqualTo(Reason.LOG_REFUSED);
  }

  @Test
  void shouldRefuseWhatIsNotValid() throws Exception {
    // Given
    Path module = Files.createFile(folder.resolve("translated.wasm"));

    // When, Then
    assertThatThrownBy(() -> runs(LONG).check(module))
        .isInstanceOf(RejectedException.class)
        .hasMessage("checking what was translated: found no such command")
        .extracting(e -> ((RejectedException) e).reason())
        .isEqualTo(Reason.INTERNAL);
  }
}
