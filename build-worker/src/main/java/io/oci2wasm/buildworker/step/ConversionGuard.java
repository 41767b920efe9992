package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Ends conversions that take too long or too much disk: it looks at them again and again, and
 * interrupts. Where several together take too much disk the one that began last gives way; alone,
 * it is refused.
 */
public final class ConversionGuard {
  private static final long LOOK_MILLIS = 200;

  private final Limits limits;
  private final Path scratch;
  private final ScheduledExecutorService timer;
  private final String whereTooLong;
  private final Set<Watched> running = new LinkedHashSet<>();

  /**
   * A guard.
   *
   * @param scratch what counts as taken lies in it
   */
  public ConversionGuard(Limits limits, Path scratch, ScheduledExecutorService timer) {
    this(limits, scratch, timer, "make the image smaller, or raise build.maxTime");
  }

  /** The same; {@code whereTooLong}: what to do about one that takes too long. */
  public ConversionGuard(
      Limits limits, Path scratch, ScheduledExecutorService timer, String whereTooLong) {
    this.limits = limits;
    this.scratch = scratch;
    this.timer = timer;
    this.whereTooLong = whereTooLong;
  }

  /** What a conversion, and all together, may take. */
  public record Limits(Duration maxTime, long maxScratchBytes) {}

  /** What is watched; stops soon when its thread is interrupted, and removes its files. */
  interface Conversion<T> {
    T run() throws RejectedException, IOException, InterruptedException;
  }

  private enum Verdict {
    TOO_LONG,
    TOO_LARGE,
    GIVES_WAY
  }

  private static final class Watched {
    private final Thread thread = Thread.currentThread();
    private final long since = System.nanoTime();
    private @Nullable Verdict verdict;
    private boolean over;

    private synchronized void interrupt(Verdict why) {
      if (!over && verdict == null) {
        verdict = why;
        thread.interrupt();
      }
    }

    /** No interrupt of ours comes after this, or is left from before. */
    private synchronized @Nullable Verdict end() {
      over = true;
      if (verdict != null) {
        boolean unused = Thread.interrupted();
      }
      return verdict;
    }
  }

  /**
   * Runs {@code conversion} on this thread.
   *
   * @param what it converts, for messages
   * @throws RejectedException if it passes a limit, or throws it itself
   * @throws ScratchFullException if it had to give way
   */
  <T> T watch(String what, Conversion<T> conversion)
      throws RejectedException, IOException, InterruptedException {
    Watched mine = new Watched();
    begin(mine);
    Future<?> looking =
        timer.scheduleWithFixedDelay(
            () -> look(mine), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    try {
      return conversion.run();
    } catch (IOException | InterruptedException | RuntimeException e) {
      Verdict verdict = mine.end();
      if (verdict != null) {
        throw limitPassed(what, verdict, e);
      }
      throw e;
    } finally {
      looking.cancel(false);
      Verdict unused = mine.end();
      end(mine);
    }
  }

  private synchronized void begin(Watched mine) {
    running.add(mine);
  }

  private synchronized void end(Watched mine) {
    running.remove(mine);
  }

  private void look(Watched mine) {
    if (System.nanoTime() - mine.since > limits.maxTime().toNanos()) {
      mine.interrupt(Verdict.TOO_LONG);
    } else if (isLast(mine) && taken() > limits.maxScratchBytes()) {
      mine.interrupt(isAlone() ? Verdict.TOO_LARGE : Verdict.GIVES_WAY);
    }
  }

  private synchronized boolean isLast(Watched mine) {
    Watched last = null;
    for (Watched one : running) {
      last = one;
    }
    return last == mine;
  }

  private synchronized boolean isAlone() {
    return running.size() == 1;
  }

  private long taken() {
    AtomicLong bytes = new AtomicLong();
    try {
      Files.walkFileTree(
          scratch,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              bytes.addAndGet(attributes.size());
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException gone) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new AssertionError("every failure is passed over", e);
    }
    return bytes.get();
  }

  private IOException limitPassed(String what, Verdict verdict, Exception cause)
      throws RejectedException {
    switch (verdict) {
      case TOO_LONG ->
          throw new RejectedException(
              Reason.TIME_LIMIT,
              String.format(
                  "%s: found it not done after %s s, expected an end by then; %s",
                  what, limits.maxTime().toSeconds(), whereTooLong),
              cause);
      case TOO_LARGE ->
          throw new RejectedException(
              Reason.SCRATCH_LIMIT,
              String.format(
                  "%s: found over %s bytes of temporary files, expected at most that; make the"
                      + " image smaller, or raise build.maxScratch",
                  what, limits.maxScratchBytes()),
              cause);
      case GIVES_WAY -> {
        return new ScratchFullException(
            what + ": other conversions have the disk that build.maxScratch allows", cause);
      }
    }
    throw new AssertionError(verdict);
  }
}
