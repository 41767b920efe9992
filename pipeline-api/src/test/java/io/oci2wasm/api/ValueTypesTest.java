package io.oci2wasm.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueTypesTest {
  @ParameterizedTest
  @CsvSource({"30s, 30", "2m, 120", "1s, 1", "9999s, 9999"})
  void shouldWriteTheTimeOfATrainingInSeconds(String text, int seconds) throws Exception {
    TrainingTime time = TrainingTime.parse(text);

    assertThat(Json.MAPPER.writeValueAsString(time)).isEqualTo(Integer.toString(seconds));
    assertThat(Json.MAPPER.readValue(Integer.toString(seconds), TrainingTime.class))
        .isEqualTo(time)
        .hasToString(seconds + "s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "10000s", "9999m", "ten", "1h", "-1s", "30"})
  void shouldRefuseTimesThatNoTrainingHas(String text) {
    assertThatThrownBy(() -> TrainingTime.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a time from 1s to 9999s, such as 30s");
  }

  @Test
  void shouldCutCommandsOfATrainingAsAShellWould() {
    Training training =
        new Training(List.of("sh -c 'a b'", "true"), TrainingTime.DEFAULT, null, null);

    assertThat(training.commandWords())
        .containsExactly(List.of("sh", "-c", "a b"), List.of("true"));
  }

  @Test
  void shouldRefuseCommandsThatNobodyCanRun() {
    for (String command : List.of("", "sh -c 'true", "x".repeat(1001))) {
      List<String> commands = List.of(command);
      assertThatThrownBy(() -> new Training(commands, TrainingTime.DEFAULT, null, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("commands: ");
    }
    List<String> many = Collections.nCopies(17, "true");
    assertThatThrownBy(() -> new Training(many, TrainingTime.DEFAULT, null, null))
        .hasMessage("commands: found 17, expected at most 16");
  }

  @Test
  void shouldComputeAndReadDigests() {
    // FIPS 180-2, appendix B.1
    Sha256Digest digest = Sha256Digest.of("abc".getBytes(StandardCharsets.US_ASCII));

    assertThat(digest)
        .hasToString("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(Sha256Digest.parse(digest.toString())).isEqualTo(digest);
    assertThat(digest.shortHex()).isEqualTo("ba7816bf8f01");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha512:00", "ba7816bf", "sha256:BA7816", "sha256:", "sha256:zz"})
  void shouldRefuseOtherDigests(String text) {
    assertThatThrownBy(() -> Sha256Digest.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }

  @Test
  void shouldRunAnyVariantOnTheEngineOfItsArchitecture() {
    Platform engine = Platform.parse("linux/arm64");

    assertThat(Platform.parse("linux/arm64/v8").runsOn(engine)).isTrue();
    assertThat(Platform.parse("linux/arm/v7").runsOn(engine)).isFalse();
    assertThat(Platform.parse("windows/arm64").runsOn(engine)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, true",
    "linux/amd64/v1, true",
    "linux/amd64/v2, true",
    "linux/amd64/v3, false",
    "linux/amd64/v4, false"
  })
  void shouldRunNoImageThatMayNeedMoreThanX8664V2(String platform, boolean runs) {
    assertThat(Platform.parse(platform).runsOn(Platform.parse("linux/amd64"))).isEqualTo(runs);
  }

  @ParameterizedTest
  @CsvSource({"64m, 67108864", "3g, 3221225472", "1000000k, 1024000000", "536870912, 536870912"})
  void shouldReadGuestMemoryAndWriteItInBytes(String text, String bytes) throws Exception {
    GuestMemory memory = GuestMemory.parse(text);

    assertThat(Json.MAPPER.writeValueAsString(memory)).isEqualTo(bytes);
    assertThat(Json.MAPPER.readValue(bytes, GuestMemory.class)).isEqualTo(memory);
    assertThat(GuestMemory.parse(memory.toString())).isEqualTo(memory);
  }

  @ParameterizedTest
  @CsvSource({
    "67104768, 'found 65532k, expected 64m to 3g, a multiple of 4k'",
    "3221229568, 'found 3145732k, expected 64m to 3g'",
    "536870913, 'found 536870913, expected 64m to 3g, a multiple of 4k'",
    "0, found 0",
    "512mb, 'size: found \"512mb\", expected a number with k, m, g or t'",
    "-512m, 'size: found \"-512m\"'",
    "17179869185g, 'size: found \"17179869185g\", expected less than 8388608t'",
  })
  void shouldRefuseMemoryThatNoEngineCanHave(String text, String message) {
    assertThatThrownBy(() -> GuestMemory.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldTreatAnEmptyVariantAsNone() {
    assertThat(new Platform("linux", "amd64", "")).isEqualTo(Platform.parse("linux/amd64"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"linux", "linux/", "/amd64", "linux/arm/v7/x", "lin ux/amd64", "linux/../x"})
  void shouldRefuseOtherPlatforms(String text) {
    assertThatThrownBy(() -> Platform.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("platform");
  }

  @Test
  void shouldNameTopicsAndShareGroupsByLane() {
    assertThat(Topics.work(Topics.IMAGE_PUSHED, Lane.BULK))
        .isEqualTo("oci2wasm.image.pushed.v1.bulk");
    assertThat(Topics.shareGroup(Stage.INGEST, Lane.PUSH)).isEqualTo("ingest-worker.push");
  }
}
