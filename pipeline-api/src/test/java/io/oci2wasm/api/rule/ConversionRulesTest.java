package io.oci2wasm.api.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.TrainingTime;
import io.oci2wasm.api.event.ConversionChoice;
import io.oci2wasm.api.oci.PlatformSelection.Refusal;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConversionRulesTest {
  private static final Platform RISCV64 = Platform.parse("linux/riscv64");
  private static final Platform AMD64 = Platform.parse("linux/amd64");
  private static final String DIGEST = "@sha256:" + "0".repeat(64);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "r.example/team/app:1-debug      | excluded",
        "r.example/team/app:1            | both",
        "r.example/team/deep/app:1-debug | both",
        "r.example/edge/a/b:1            | both",
        "e.example:5000/edge/a/b:1       | riscv64",
        "e.example:5000/other:1          | both",
        "r.example/old/app:1             | excluded",
        "r.example/old/app               | excluded",
      })
  void shouldGoByTheFirstRuleThatMatches(String image, String expected) throws Exception {
    ConversionRules rules =
        rules(
            "{\"repository\":\"team/*\",\"tag\":\"*-debug\",\"convert\":false}",
            "{\"registry\":\"e.example:*\",\"repository\":\"edge/**\",\"platforms\":[\"linux/riscv64\"]}",
            "{\"repository\":\"old/app\",\"tag\":\"*\",\"convert\":false}",
            "{\"repository\":\"*/app\"}",
            "{\"registry\":\"none.example\",\"convert\":false}");

    String tagOrDigest = image.indexOf(':', image.indexOf('/')) < 0 ? image + DIGEST : image;

    assertThat(wanted(rules, tagOrDigest, null)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "r.example/team/app:1",
    "R.EXAMPLE/team/app:1",
    "r.example:443/team/app:1",
    "index.docker.io/alpine:3",
  })
  void shouldNotBeByPassedByAnotherSpelling(String image) throws Exception {
    ConversionRules rules =
        rules(
            "{\"registry\":\"R.example\",\"convert\":false}",
            "{\"registry\":\"Registry-1.docker.io\",\"repository\":\"library/*\","
                + "\"convert\":false}");

    assertThat(wanted(rules, image, null)).isEqualTo("excluded");
  }

  @Test
  void shouldMatchImagesWithoutTagOnlyByRulesForEveryTag() throws Exception {
    String untagged = "r.example/team/app" + DIGEST;

    assertThat(wanted(rules("{\"tag\":\"?*\",\"convert\":false}"), untagged, null))
        .isEqualTo("both");
    assertThat(wanted(rules("{\"tag\":\"*\",\"convert\":false}"), untagged, null))
        .isEqualTo("excluded");
    assertThat(wanted(rules("{\"convert\":false}"), untagged, null)).isEqualTo("excluded");
  }

  @ParameterizedTest
  @CsvSource({
    "a/x, linux/riscv64, riscv64",
    "a/x, linux/amd64, excluded",
    "b/x, linux/amd64, excluded",
    "c/x, linux/amd64, amd64",
    "c/x, linux/amd64/v1, amd64",
    "c/x, linux/s390x, excluded",
  })
  void shouldWantWhatRuleAndRequestHaveInCommonEvenByForce(
      String repository, String chosen, String expected) throws Exception {
    ConversionRules rules =
        rules(
            "{\"repository\":\"a/*\",\"platforms\":[\"linux/riscv64\"]}",
            "{\"repository\":\"b/*\",\"convert\":false}");
    ConversionChoice choice = new ConversionChoice(List.of(Platform.parse(chosen)), true);

    assertThat(wanted(rules, "r.example/" + repository + ":1", choice)).isEqualTo(expected);
  }

  @Test
  void shouldTellExcludedPlatformsFromThoseWithoutEngine() throws Exception {
    ConversionRules rules = rules("{\"platforms\":[\"linux/riscv64\"]}");
    ImageReference image = ImageReference.parse("r.example/app:1");

    assertThat(rules.selection(image, null).refusal(AMD64))
        .contains(
            new Refusal(
                Reason.EXCLUDED,
                "platform linux/amd64 is left out: conversion.rules[0] (every image) wants"
                    + " [linux/riscv64]"));
    for (String without : List.of("linux/s390x", "linux/amd64/v3")) {
      assertThat(rules.selection(image, null).refusal(Platform.parse(without)))
          .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo(Reason.NO_ENGINE));
    }
    assertThat(rules.selection(image, null).refusal(RISCV64)).isEmpty();
  }

  @Test
  void shouldSayWhichRuleAndRequestLeaveNothing() throws Exception {
    ConversionRules rules = rules("{\"tag\":\"1\",\"platforms\":[\"linux/riscv64\"]}");

    assertThat(
            rules.excluded(
                ImageReference.parse("r.example/app:1"),
                new ConversionChoice(List.of(AMD64), false)))
        .contains(
            new Refusal(
                Reason.EXCLUDED,
                "image r.example/app:1: conversion.rules[0] (tag: 1) wants [linux/riscv64],"
                    + " and the request wants [linux/amd64]"));
  }

  @ParameterizedTest
  @CsvSource({"java/api:1, 1024m", "java/api:small, 512m", "java/db:1, 2048m", "go/api:1, 512m"})
  void shouldTakeOptionsFromTheFirstRuleThatMatchesElseFromAll(String image, String memory)
      throws Exception {
    ConversionRules rules =
        rules(
            GuestMemory.parse("512m"),
            "{\"tag\":\"small\",\"platforms\":[\"linux/riscv64\"]}",
            "{\"repository\":\"java/db\",\"memory\":2147483648}",
            "{\"repository\":\"java/**\",\"memory\":\"1g\"}");

    assertThat(rules.options(ImageReference.parse("r.example/" + image)).memory())
        .hasToString(memory);
  }

  @Test
  void shouldLeaveToTheEngineWhatNobodySays() throws Exception {
    ConversionRules rules = rules("{\"repository\":\"java/**\",\"memory\":\"1g\"}");

    assertThat(rules.options(ImageReference.parse("r.example/go/api:1")))
        .isEqualTo(ConversionOptions.NONE);
    assertThat(wanted(rules, "r.example/java/api:1", null)).isEqualTo("both");
  }

  @ParameterizedTest
  @CsvSource({"java/api:1, java -version", "java/db:1, ls", "go/api:1, none"})
  void shouldTrainAsTheFirstRuleThatMatchesSays(String image, String command) throws Exception {
    ConversionRules rules =
        rules(
            "{\"repository\":\"java/db\",\"translate\":{\"commands\":[\"ls\"],\"time\":\"30s\"}}",
            "{\"repository\":\"java/**\",\"translate\":{\"commands\":[\"java -version\"]}}");

    Training training = rules.training(ImageReference.parse("r.example/" + image));

    assertThat(training == null ? "none" : training.commands().get(0)).isEqualTo(command);
    assertThat(rules.options(ImageReference.parse("r.example/" + image)))
        .isEqualTo(ConversionOptions.NONE);
  }

  @Test
  void shouldTrainAsAllAreWhereNoRuleSaysSo() throws Exception {
    Training all = Json.MAPPER.readValue("{}", Training.class);
    ConversionRules rules = new ConversionRules(List.of(RISCV64), null, all, List.of());

    assertThat(rules.training(ImageReference.parse("r.example/go/api:1"))).isEqualTo(all);
    assertThat(all).isEqualTo(new Training(List.of(), new TrainingTime(10), null, null));
    assertThat(all.commandWords()).containsExactly(List.of());
  }

  @Test
  void shouldRefuseToTrainWhatIsNotConverted() {
    assertThatThrownBy(() -> rules("{\"convert\":false,\"translate\":{}}"))
        .hasMessageContaining("translate: found it beside convert: false, expected one of the two");
  }

  @ParameterizedTest
  @CsvSource({"digests/app, true", "digests/tagged/app, false", "team/app, false"})
  void shouldWantUntaggedImagesByTheFirstRuleThatMatches(String repository, boolean wanted)
      throws Exception {
    ConversionRules rules =
        rules(
            "{\"repository\":\"digests/tagged/*\",\"untagged\":false}",
            "{\"repository\":\"digests/**\",\"untagged\":true}");
    ImageReference image =
        ImageReference.parse("r.example/" + repository + "@sha256:" + "0".repeat(64));

    assertThat(rules.wantsUntagged(image, false)).isEqualTo(wanted);
    assertThat(rules.wantsUntagged(image, true)).isEqualTo(!repository.contains("tagged"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"convert\":false,\"untagged\":true} | beside convert: false",
        "{\"tag\":\"1.*\",\"untagged\":true}   | beside tag: 1.*",
      })
  void shouldRefuseToWantUntaggedImagesWhereNoneCanMatch(String rule, String found) {
    assertThatThrownBy(() -> rules(rule)).hasMessageContaining("untagged: found true " + found);
  }

  @Test
  void shouldTakeWhetherFilesAreStoredFromTheFirstRuleThatMatches() throws Exception {
    ConversionRules rules =
        rules(
            "{\"repository\":\"public/plain\"}",
            "{\"repository\":\"public/never\",\"materialize\":\"never\"}",
            "{\"repository\":\"public/**\",\"materialize\":\"always\"}");

    assertThat(rules.materialize(ImageReference.parse("r.example/public/plain"))).isEmpty();
    assertThat(rules.materialize(ImageReference.parse("r.example/public/never")))
        .contains(Materialize.NEVER);
    assertThat(rules.materialize(ImageReference.parse("r.example/public/a/b")))
        .contains(Materialize.ALWAYS);
    assertThat(rules.materialize(ImageReference.parse("r.example/other"))).isEmpty();
  }

  @Test
  void shouldRefuseToStoreWhatIsNotConverted() {
    assertThatThrownBy(() -> rules("{\"convert\":false,\"materialize\":\"always\"}"))
        .hasMessageContaining("materialize: found always beside convert: false");
    assertThatThrownBy(() -> rules("{\"materialize\":\"sometimes\"}"))
        .hasMessageContaining("found \"sometimes\", expected never or always");
  }

  @Test
  void shouldRefuseMemoryOfWhatIsNotConverted() {
    assertThatThrownBy(() -> rules("{\"convert\":false,\"memory\":\"1g\"}"))
        .hasMessageContaining("memory: found 1024m beside convert: false, expected one of the two");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"convert\":false}            | {\"repository\":\"a\"}",
        "{\"repository\":\"**\"}        | {\"tag\":\"1\"}",
        "{\"registry\":\"*\",\"tag\":\"*\"} | {\"repository\":\"a\"}",
        "{\"repository\":\"a/*\"}       | {\"repository\":\"a/*\",\"tag\":\"1\"}",
        "{\"repository\":\"a/*\"}       | {\"repository\":\"a/b\"}",
        "{\"tag\":\"1\"}                | {\"tag\":\"1\",\"convert\":false}",
      })
  void shouldRefuseARuleThatCanNeverMatch(String first, String second) {
    assertThatThrownBy(() -> rules(first, second))
        .hasMessageContaining("rules[1] (")
        .hasMessageContaining("found no image that it could match, because rules[0] (")
        .hasMessageContaining("comes first");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"repository\":\"*\"}         | {\"repository\":\"a/b\"}",
        "{\"repository\":\"a/*\",\"tag\":\"1\"} | {\"repository\":\"a/*\"}",
        "{\"tag\":\"v*\"}               | {\"convert\":false}",
        "{\"registry\":\"r.example\"}   | {\"registry\":\"r.example:*\"}",
      })
  void shouldAcceptRulesThatOverlap(String first, String second) throws Exception {
    assertThat(rules(first, second).rules()).hasSize(2);
  }

  private static ConversionRules rules(String... json) throws JsonProcessingException {
    return rules(null, json);
  }

  private static ConversionRules rules(@Nullable GuestMemory memory, String... json)
      throws JsonProcessingException {
    List<ConversionRule> rules =
        List.of(Json.MAPPER.readValue(List.of(json).toString(), ConversionRule[].class));
    return new ConversionRules(List.of(RISCV64, AMD64), memory, rules);
  }

  private static String wanted(
      ConversionRules rules, String image, @Nullable ConversionChoice choice) {
    ImageReference reference = ImageReference.parse(image);
    List<Platform> wanted =
        Stream.of(RISCV64, AMD64)
            .filter(one -> rules.selection(reference, choice).refusal(one).isEmpty())
            .toList();
    assertThat(rules.excluded(reference, choice).isPresent()).isEqualTo(wanted.isEmpty());
    return wanted.isEmpty()
        ? "excluded"
        : wanted.size() == 2 ? "both" : wanted.get(0).architecture();
  }
}
