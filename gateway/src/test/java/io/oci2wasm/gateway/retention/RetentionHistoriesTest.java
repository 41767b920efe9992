package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.gateway.state.TestState;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of pushes, moved tags, artifacts, indexes, re-conversions, deletions and runs
 * that die; a model says what must stay and what must go. The system property {@code
 * oci2wasm.test.histories} sets how many, {@code oci2wasm.test.seed} the first one's seed.
 */
class RetentionHistoriesTest {
  private static final int EVENTS = 30;

  @Test
  void shouldLeaveWhatTheModelLeaves() throws Exception {
    int histories = Integer.getInteger("oci2wasm.test.histories", 100);
    long first = Long.getLong("oci2wasm.test.seed", 1);
    try (TestState state = TestState.open()) {
      for (long seed = first; seed < first + histories; seed++) {
        live(seed, state);
      }
    }
  }

  /** Histories in which a second run removed what the first had left, or left what it had not. */
  @ParameterizedTest
  @ValueSource(longs = {12799147426420L, 771258, 772381})
  void shouldComeToTheSameEndWhereARunDies(long seed) throws Exception {
    try (TestState state = TestState.open()) {
      live(seed, state);
    }
  }

  private static void live(long seed, TestState state) throws Exception {
    state.database().clear();
    HistoryWorld world = new HistoryWorld(seed, state);
    for (int event = 0; event < EVENTS; event++) {
      world.happen();
      if (world.random().nextInt(10) == 0 || event == EVENTS - 1) {
        collect(world, seed);
      }
    }
  }

  private static void collect(HistoryWorld world, long seed) throws Exception {
    Random random = world.random();
    RetentionConfig config = config(random);
    // What came within the last minute may still change what is wanted: it is spared.
    world.clock.pass(Duration.ofMinutes(2));
    Instant now = world.clock.instant();
    Set<String> expected = model(world, config, now).left();
    boolean dies = random.nextBoolean();
    if (dies) {
      boolean unused = world.collect(config, random.nextInt(12));
      if (world.hasLost()) {
        // What is missing is known by now, and takes nobody's place any more.
        expected = model(world, config, now).left();
      } else {
        assertThat(world.bucket.keys()).as("seed " + seed).containsAll(expected);
      }
    }

    boolean ended = world.collect(config, Integer.MAX_VALUE);

    String what = "seed " + seed + "\n" + String.join("\n", world.told());
    assertThat(ended).as(what).isTrue();
    assertThat(new TreeSet<>(world.bucket.keys())).as(what).isEqualTo(expected);
    assertThat(missingParts(world, config, now)).as(what).isEmpty();
    for (RequestFact request : world.requests()) {
      for (RequestFact.ConversionFact outcome : request.conversions()) {
        String id = outcome.conversionId();
        boolean there = id != null && world.bucket.has(ObjectKeys.bundleDescription(id));
        // Where a run died after it told, and another decides otherwise, people may ask again.
        if (id != null && !(there && world.hasLost())) {
          assertThat(outcome.state())
              .as(what + "\n" + request)
              .isEqualTo(there ? ConversionState.BUILT : ConversionState.REMOVED);
        }
      }
    }
  }

  /** What bundles consist of that is not there. */
  private static Set<String> missingParts(HistoryWorld world, RetentionConfig config, Instant now)
      throws Exception {
    HistoryModel model = model(world, config, now);
    Set<String> missing = new TreeSet<>();
    for (String key : world.bucket.keys()) {
      if (key.endsWith("/bundle.json")) {
        missing.addAll(model.parts(ObjectKeys.parse(key).orElseThrow().name()));
      }
    }
    for (String key : world.bucket.keys()) {
      missing.remove(ObjectKeys.parse(key).orElseThrow().group());
    }
    return missing;
  }

  private static HistoryModel model(HistoryWorld world, RetentionConfig config, Instant now)
      throws Exception {
    return new HistoryModel(world.requests(), world.deletions(), config, world.bucket, now);
  }

  private static RetentionConfig config(Random random) {
    return new RetentionConfig(
        null,
        Duration.ofHours(1),
        any(random, null, null, Duration.ofDays(2), Duration.ofDays(9)),
        random.nextInt(4),
        random.nextInt(4) > 0,
        Duration.ofHours(5),
        any(random, null, Duration.ofHours(9)));
  }

  private static @Nullable Duration any(Random random, @Nullable Duration... some) {
    return some[random.nextInt(some.length)];
  }
}
