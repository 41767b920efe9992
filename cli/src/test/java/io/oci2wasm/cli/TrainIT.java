package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.converter.train.TrainingLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sample's shell is trained, and its module run by a host that installs nothing. */
@Timeout(1200)
class TrainIT {
  private static final String WORK = "i=0; while [ $i -lt 4000 ]; do i=$((i + 1)); done; echo $i";
  private static final Pattern TRANSLATED =
      Pattern.compile("stats: (\\d+) of them translated, (\\d+) functions in the bundle\n");
  private static final Pattern SAME =
      Pattern.compile("stats: (\\d+ guest instructions, \\d+ before|memory [0-9a-f]{16})");
  private static final long MILLION = 1_000_000;

  @TempDir Path folder;

  /** The other processor: .ci/translation.sh. */
  @Test
  void shouldRunTranslatedCodeThatChangesNothing() throws Exception {
    // Given
    Path plain = folder.resolve("plain.wasm");
    Path trained = folder.resolve("trained.wasm");
    Path again = folder.resolve("again.wasm");
    Path log = folder.resolve("log");
    Path ofEarlier = folder.resolve("earlier.wasm");
    Path vectors = folder.resolve("vectors.wasm");
    convert(plain);

    // When
    convert(trained, "--train", "sh -c '" + WORK + "'", "--train-log", log.toString());
    convert(again, "--train-log", log.toString());
    convert(ofEarlier, "--train-log", earlier(log).toString());
    convert(vectors, "--train-log", log.toString(), "--train-simd");
    Cli.Result expected = run(plain);
    Cli.Result found = run(trained);

    // Then
    assertThat(again).hasSameBinaryContentAs(trained);
    assertThat(engine(ofEarlier)).isEqualTo(engine(trained)).isNotEqualTo(engine(plain));
    assertThat(found.out()).isEqualTo("4000\n").isEqualTo(expected.out());
    assertThat(all(SAME, found.err())).hasSize(2).isEqualTo(all(SAME, expected.err()));
    Matcher translated = TRANSLATED.matcher(found.err());
    assertThat(translated.find()).as(found.err()).isTrue();
    assertThat(Long.parseLong(translated.group(1))).isGreaterThan(MILLION);
    assertThat(expected.err()).doesNotContain("translated");
    assertThat(options(trained)).doesNotContain("simd");
    assertThat(options(vectors)).contains("\"simd\":true");
    Cli.Result refused = Cli.execute("run", vectors, "true");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("vectors.wasm: found translations with SIMD instructions");
    assertThat(refused.out()).isEmpty();
  }

  private static String options(Path module) throws Exception {
    return Json.MAPPER.readTree(BundleFile.open(module).description()).path("options").toString();
  }

  /** The same, as if an earlier engine had run: the new one makes its translations of it. */
  private Path earlier(Path log) throws Exception {
    TrainingLog recorded = TrainingLog.parse(Files.readAllBytes(log));
    Sha256Digest engine = Sha256Digest.of(new byte[] {1});
    assertThat(recorded.engine()).isNotEqualTo(engine);
    return Files.write(
        folder.resolve("earlier.log"), new TrainingLog(engine, recorded.recordings()).encode());
  }

  /** The digest of the engine that a module has, with translations. */
  private static String engine(Path module) throws Exception {
    return Json.MAPPER
        .readTree(BundleFile.open(module).description())
        .path("engine")
        .path("digest")
        .asText();
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }

  private static void convert(Path module, String... words) {
    List<String> all = new ArrayList<>(List.of("convert", "oci:" + Samples.LAYOUT));
    all.addAll(List.of("--platform", "linux/riscv64", "-o", module.toString()));
    all.addAll(Arrays.asList(words));
    assertThat(Oci2wasm.commandLine().execute(all.toArray(String[]::new))).isZero();
    assertThat(Files.exists(module)).isTrue();
  }

  private static Cli.Result run(Path module) throws Exception {
    Cli.Result ended = Cli.script(module, WORK);
    assertThat(ended.exitCode()).isZero();
    return ended;
  }
}
