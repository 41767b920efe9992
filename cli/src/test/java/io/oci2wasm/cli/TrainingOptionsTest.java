package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.cli.Cli.Result;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingOptionsTest {
  @TempDir Path folder;

  private Result convert(String... words) {
    List<Object> all =
        new ArrayList<>(
            List.of("convert", "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64", "-o"));
    all.add(folder.resolve("app.wasm"));
    all.addAll(List.of(words));
    return Cli.execute(all.toArray());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--train;--train-time;ten;found \"ten\", expected a time from 1s to 9999s, such as 30s",
        "--train;--train-time;0s;found \"0s\", expected a time from 1s to 9999s",
        "--train;--train-time;9999m;found \"9999m\", expected a time from 1s to 9999s",
        "--train;sh -c 'true;--provenance;--train \"sh -c 'true\": expected a command",
        "--train;--component;--provenance;found it with --train or --train-log, expected one",
        "--provenance;--train-time;5s;--train-time: found it without --train, expected both",
        "--provenance;--train-simd;--sbom;--train-simd: found it without --train or --train-log",
      })
  void shouldSayWhatIsWrong(String one, String other, String third, String message) {
    // When
    Result result = convert(one, other, third);

    // Then
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(message);
    assertThat(folder).isEmptyDirectory();
  }

  /** It tells of code in pages that this image's files do not have. */
  @Test
  void shouldRefuseTheLogOfAnotherArchitecture() throws Exception {
    // Given
    Sha256Digest other = Engine.forPlatform(Platform.parse("linux/amd64")).orElseThrow().digest();
    Recording hot =
        new Recording(
            List.of(new Recording.Page(0, Sha256Digest.of(new byte[] {1}))),
            List.of(new Recording.Leader(0, 0, 1_000_000, 0)),
            List.of());
    Path log =
        Files.write(folder.resolve("other.log"), new TrainingLog(other, List.of(hot)).encode());

    // When
    Result result = convert("--train-log", log.toString());

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains(
            "reading --train-log " + log + ": found a log that tells of nothing hot in the image's")
        .contains("; train again with --train");
    assertThat(folder.resolve("app.wasm")).doesNotExist();
  }

  @Test
  void shouldRefuseWhatIsNoLog() throws Exception {
    // Given
    Path text = Files.writeString(folder.resolve("text"), "no training log");

    // When
    Result damaged = convert("--train-log", text.toString());
    Result missing = convert("--train-log", folder.resolve("none").toString());

    // Then
    assertThat(damaged.exitCode()).isEqualTo(1);
    assertThat(damaged.err())
        .contains(text + ": found other bytes at its beginning, expected a training log");
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("found no such file, expected a training log");
  }
}
