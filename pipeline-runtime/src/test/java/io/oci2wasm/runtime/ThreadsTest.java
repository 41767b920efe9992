package io.oci2wasm.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ThreadsTest {
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Threads.class);

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void restore() {
    logger.detachAppender(log);
    Thread.setDefaultUncaughtExceptionHandler(null);
  }

  @Test
  void shouldGoOnWithTheNextRoundAfterAnErrorAndSaySo() throws Exception {
    CountDownLatch rounds = new CountDownLatch(3);
    ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

    var unused =
        executor.scheduleWithFixedDelay(
            Threads.round(
                "sample",
                () -> {
                  rounds.countDown();
                  throw new NoClassDefFoundError("made up");
                }),
            0,
            1,
            TimeUnit.MILLISECONDS);

    assertThat(rounds.await(30, TimeUnit.SECONDS)).isTrue();
    Threads.stop(executor);
    assertThat(log.list).hasSizeGreaterThanOrEqualTo(3);
    assertThat(log.list.get(0).getThrowableProxy().getMessage()).isEqualTo("made up");
    assertThat(log.list.get(0).getKeyValuePairs())
        .extracting(pair -> pair.value)
        .contains("sample");
  }

  @Test
  void shouldLogWhatEndsAThread() throws Exception {
    Threads.logDeaths();
    Thread thread =
        new Thread(
            () -> {
              throw new StackOverflowError("made up");
            },
            "sample");

    thread.start();
    thread.join();

    assertThat(log.list)
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.getFormattedMessage()).isEqualTo("A defect ended a thread");
              assertThat(entry.getThrowableProxy().getClassName()).contains("StackOverflowError");
            });
  }
}
