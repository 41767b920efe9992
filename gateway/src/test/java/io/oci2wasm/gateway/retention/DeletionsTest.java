package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.event.ImageDeleted;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DeletionsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T06:40:23Z");

  private final Deletions deletions = new Deletions();

  private static ImageDeleted tag(int number, Instant time) {
    return new ImageDeleted("t", "r.example", "team/app", null, "tag-" + number, time);
  }

  @Test
  void shouldKeepTheLastDeletionOfEachThing() {
    deletions.add(tag(1, NOW));
    deletions.add(tag(1, NOW.minusSeconds(1)));
    deletions.add(tag(2, NOW));
    deletions.add(tag(2, NOW.plusSeconds(1)));

    assertThat(deletions.all()).containsExactlyInAnyOrder(tag(1, NOW), tag(2, NOW.plusSeconds(1)));
  }

  @Test
  void shouldForgetTheOldestOfVeryMany() {
    for (int number = 0; number < Deletions.MAX_KNOWN; number++) {
      deletions.add(tag(number, NOW));
    }
    deletions.add(tag(0, NOW.plusSeconds(1)));
    deletions.add(tag(Deletions.MAX_KNOWN, NOW));

    assertThat(deletions.all())
        .hasSize(Deletions.MAX_KNOWN)
        .contains(tag(0, NOW.plusSeconds(1)), tag(2, NOW), tag(Deletions.MAX_KNOWN, NOW))
        .doesNotContain(tag(1, NOW));
  }
}
