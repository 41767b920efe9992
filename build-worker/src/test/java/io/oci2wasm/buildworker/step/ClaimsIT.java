package io.oci2wasm.buildworker.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.buildworker.TestStore;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.testsupport.AtOnce;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Claims in a real S3 server, each {@link Claims} as that of a process of its own. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class ClaimsIT {
  private static final Duration LIFE = Duration.ofMinutes(1);

  @TempDir private static Path directory;
  private static TestStore server;
  private static ObjectStore store;
  private static ScheduledExecutorService timer;

  @BeforeAll
  static void start() throws Exception {
    server = new TestStore(directory);
    store = server.objects();
    timer = Executors.newSingleThreadScheduledExecutor();
  }

  @AfterAll
  static void stop() throws IOException {
    timer.shutdownNow();
    server.close();
  }

  private static Claims process() {
    return process(Duration.ZERO);
  }

  /** A process whose clock goes so much too fast. */
  private static Claims process(Duration fast) {
    return new Claims(store, LIFE, timer, Clock.offset(Clock.systemUTC(), fast));
  }

  @Test
  void shouldGiveAConversionToOneOfManyThatAskAtOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      String id = "atonce" + round;
      List<Callable<Optional<Claims.Claim>>> all = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Claims process = process();
        all.add(() -> process.take(id));
      }

      List<Claims.Claim> taken = AtOnce.call(all).stream().flatMap(Optional::stream).toList();

      assertThat(taken).hasSize(1);
      taken.get(0).release();
      assertThat(store.head(ObjectKeys.claim(id))).isEmpty();
    }
  }

  @Test
  void shouldTakeWhatExpiredOrCannotBeRead() throws Exception {
    assertThat(process(LIFE.multipliedBy(-2)).take("expired")).isPresent();
    store.put(ObjectKeys.claim("unreadable"), new byte[] {'{'});
    assertThat(process(LIFE.multipliedBy(2)).take("wrong clock")).isPresent();

    for (String id : List.of("expired", "unreadable", "wrong clock")) {
      Optional<Claims.Claim> claim = process().take(id);
      assertThat(claim).as(id).isPresent();
      assertThat(process().take(id)).as(id).isEmpty();
      claim.get().release();
    }
  }

  @Test
  void shouldTakeItsOwnAgain() throws Exception {
    Claims claims = process();
    Claims.Claim kept = claims.take("own").orElseThrow();

    Optional<Claims.Claim> again = claims.take("own");

    assertThat(again).isPresent();
    kept.release();
    again.get().release();
  }
}
