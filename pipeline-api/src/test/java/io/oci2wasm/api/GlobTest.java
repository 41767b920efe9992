package io.oci2wasm.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "team/*, team/app, true",
    "team/*, team/app/web, false",
    "team/*, team/, true",
    "team/*, team, false",
    "*, app, true",
    "*, team/app, false",
    "**, team/app/web, true",
    "team/**, team/app/web, true",
    "**/web, team/app/web, true",
    "**/web, web, false",
    "*-debug, 1.2-debug, true",
    "*-debug, 1.2-debug-2, false",
    "v?.*, v1.2, true",
    "v?.*, v10.2, false",
    "team?app, team/app, false",
    "registry.example:*, registry.example:5000, true",
    "registry.example:*, registryxexample:5000, false",
    "[::1]:5000, [::1]:5000, true",
    "[ab], a, false",
    "a*b*c, aXbYbZc, true",
    "***, a/b, true",
    "team/app, team/app, true",
    "team/app, team/apps, false",
  })
  void shouldMatchWholeNames(String glob, String name, boolean expected) {
    assertThat(Glob.parse(glob).matches(name)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "team app", "team/{a,b}", "a\\*", "!a", "ä"})
  void shouldRefuseWhatMatchesNothing(String text) {
    assertThatThrownBy(() -> Glob.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found \"" + text + "\"")
        .hasMessageContaining("* ** ?");
  }

  @Test
  void shouldTellNamesFromPatterns() {
    assertThat(Glob.parse("team/app").isLiteral()).isTrue();
    assertThat(Glob.parse("team/a?p").isLiteral()).isFalse();
    assertThat(Glob.parse("team/*").isLiteral()).isFalse();
  }

  @Test
  void shouldAnswerSoonWhateverThePattern() {
    String wildcards = "*a".repeat(200);

    assertThat(Glob.parse(wildcards).matches("a".repeat(255) + "b")).isFalse();
  }
}
