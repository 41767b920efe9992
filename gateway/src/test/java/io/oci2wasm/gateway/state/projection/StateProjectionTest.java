package io.oci2wasm.gateway.state.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.state.SampleRequest;
import io.oci2wasm.gateway.state.TestState;
import io.oci2wasm.gateway.state.database.TestDatabase;
import io.oci2wasm.runtime.event.ReceivedEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Events come more than once, and those of different topics in any order: the rows are the same.
 */
class StateProjectionTest {
  private static final int REQUESTS = 20;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldMakeTheSameRowsOfShuffledAndRepeatedEvents(long seed) throws Exception {
    Random random = new Random(seed);
    List<ReceivedEvent> stream = stream();
    List<List<String>> expected;
    try (TestState state = TestState.open()) {
      state.accept(stream);
      expected = rows(state);
    }
    List<ReceivedEvent> disturbed = new ArrayList<>(stream);
    stream.stream().filter(event -> random.nextBoolean()).forEach(disturbed::add);
    Collections.shuffle(disturbed, random);

    try (TestState state = TestState.open()) {
      for (int start = 0, end; start < disturbed.size(); start = end) {
        end = Math.min(disturbed.size(), start + 1 + random.nextInt(40));
        state.accept(disturbed.subList(start, end));
      }

      assertThat(rows(state)).isEqualTo(expected);
    }
    assertThat(expected.get(0)).hasSize(REQUESTS);
    assertThat(expected.get(1)).hasSize(3 * REQUESTS - REQUESTS / 4);
  }

  /** Every fourth request ends as a whole after its platform was resolved. */
  private static List<ReceivedEvent> stream() {
    List<ReceivedEvent> stream = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      SampleRequest request = new SampleRequest("r" + i, i);
      if (i % 4 == 0) {
        stream.addAll(List.of(request.pushed(), request.resolved(), request.failed()));
      } else {
        stream.addAll(request.everything());
      }
    }
    return stream;
  }

  private static List<List<String>> rows(TestState state) {
    return TestDatabase.rows(state.database(), "request", "conversion", "history", "child");
  }
}
