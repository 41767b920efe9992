package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Sha256Digest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ImageRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final RetentionConfig CONFIG =
      new RetentionConfig(
          null, Duration.ofHours(1), DAY.multipliedBy(7), 0, true, DAY.multipliedBy(30), null);

  private static KnownImage image(
      @Nullable String content, Duration age, boolean open, @Nullable Duration failed) {
    Instant used = NOW.minus(age);
    return new KnownImage(
        "r.example",
        "team/app",
        content == null ? null : Sha256Digest.of(content.getBytes(StandardCharsets.UTF_8)),
        used,
        used,
        open,
        failed == null ? null : NOW.minus(failed));
  }

  private static Optional<Rule> verdict(KnownImage image, KnownImage... others) {
    List<KnownImage> all = new ArrayList<>(List.of(others));
    all.add(image);
    return new ImageRules(CONFIG, NOW, List.of()).judge(all).getOrDefault(image, Optional.empty());
  }

  @Test
  void shouldCountAgeFromTheLastUseUpToTheLimit() {
    assertThat(verdict(image("a", DAY.multipliedBy(7), false, null))).isEmpty();
    assertThat(verdict(image("a", DAY.multipliedBy(7).plusSeconds(1), false, null)))
        .contains(Rule.UNUSED);
  }

  @Test
  void shouldKeepWhatIsOpenHoweverOld() {
    assertThat(verdict(image("a", DAY.multipliedBy(100), true, null))).isEmpty();
  }

  @Test
  void shouldKeepWhatADeadLetterMayNeedForItsTime() {
    Duration old = DAY.multipliedBy(100);

    assertThat(verdict(image("a", old, false, DAY.multipliedBy(30)))).isEmpty();
    assertThat(verdict(image("a", old, false, DAY.multipliedBy(31)))).contains(Rule.UNUSED);
  }

  @Test
  void shouldKeepARepositoryWhileATagOfItIsUnresolved() {
    KnownImage old = image("a", DAY.multipliedBy(100), false, null);

    assertThat(verdict(old, image(null, Duration.ZERO, true, null))).isEmpty();
    assertThat(verdict(old, image(null, Duration.ZERO, false, null))).contains(Rule.UNUSED);
    assertThat(verdict(old, image("b", Duration.ZERO, true, null))).contains(Rule.UNUSED);
  }

  @Test
  void shouldRefuseLimitsThatMeanNothing() {
    assertThatThrownBy(
            () ->
                new RetentionConfig(
                    null, Duration.ofMillis(10), null, 0, true, Duration.ofDays(1), null))
        .hasMessage("grace: found 10ms, expected 1s or more; leave it out for never");
    assertThatThrownBy(
            () -> new RetentionConfig(null, DAY, null, -1, true, Duration.ofDays(1), null))
        .hasMessage("newestPerRepository: found -1, expected 0 or more");
  }
}
