package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TurnTest {
  private static final long LONG = 60_000;

  @Test
  void shouldGiveTheTurnToOneUntilItPassesIt() throws Exception {
    Turn turn = new Turn();
    Turn.Share one = turn.share();
    Turn.Share other = turn.share();

    assertThat(one.await(LONG)).isTrue();
    assertThat(one.await(LONG)).as("it still has it").isTrue();
    assertThat(other.await(1)).isFalse();

    one.pass();

    assertThat(other.await(LONG)).isTrue();
    assertThat(one.await(1)).isFalse();
  }

  @Test
  void shouldNotLetTwoHaveItBecauseOnePassesItTwice() throws Exception {
    Turn turn = new Turn();
    Turn.Share one = turn.share();
    Turn.Share other = turn.share();
    assertThat(one.await(LONG)).isTrue();

    one.pass();
    one.pass();
    other.pass();

    assertThat(other.await(LONG)).isTrue();
    assertThat(one.await(1)).isFalse();
  }
}
