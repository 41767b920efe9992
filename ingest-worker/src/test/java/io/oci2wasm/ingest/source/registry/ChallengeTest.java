package io.oci2wasm.ingest.source.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  @Test
  void shouldReadSchemeAndParameters() {
    // Given
    String header =
        "Bearer realm=\"https://auth.example/token\",service=\"a \\\"b\\\", c\", scope=x";

    // When
    List<Challenge> challenges = Challenge.parseAll(List.of(header));

    // Then
    assertThat(challenges)
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://auth.example/token",
                    "service", "a \"b\", c",
                    "scope", "x")));
  }

  @Test
  void shouldReadSeveralChallengesInOneHeaderAndInSeveral() {
    // Given
    List<String> headers = List.of("Negotiate, Basic realm=\"r\"", "BEARER REALM=\"https://h/t\"");

    // When
    List<Challenge> challenges = Challenge.parseAll(headers);

    // Then
    assertThat(challenges)
        .containsExactly(
            new Challenge("negotiate", Map.of()),
            new Challenge("basic", Map.of("realm", "r")),
            new Challenge("bearer", Map.of("realm", "https://h/t")));
  }

  @Test
  void shouldFindNoChallengeInNonsense() {
    // Given
    List<String> headers = List.of("", "=\"\",,;", "realm=\"x\"");

    // When
    List<Challenge> challenges = Challenge.parseAll(headers);

    // Then
    assertThat(challenges).isEmpty();
  }

  @Test
  void shouldReadARealmOfAnyLength() {
    // Given
    String realm = "https://auth.example/" + "a".repeat(60_000);

    // When
    List<Challenge> challenges = Challenge.parseAll(List.of("Bearer realm=\"" + realm + "\""));

    // Then
    assertThat(challenges).containsExactly(new Challenge("bearer", Map.of("realm", realm)));
  }
}
