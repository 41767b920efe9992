package io.oci2wasm.cli.run;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import run.endive.runtime.HostFunction;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.ValType;

/**
 * WASI preview 1's {@code poll_oneoff} for a program that waits for time, standard input and {@link
 * ControlLines}. The one of the WASI library looks at the input only every 100 ms and never sees
 * its end, so a program that waits for both would answer late or wait for ever.
 */
final class PollOneoff {
  static final String NAME = "poll_oneoff";
  private static final int SUBSCRIPTION_BYTES = 48;
  private static final int EVENT_BYTES = 32;
  private static final int CLOCK = 0;
  private static final int FD_READ = 1;
  private static final int REALTIME = 0;
  private static final int ABSOLUTE = 1;
  private static final int STDIN = 0;
  private static final int HANGUP = 1;
  private static final int SUCCESS = 0;
  private static final int INVALID = 28;

  /** About a century: what "no time limit" comes to. */
  private static final long FOREVER_NANOS = Long.MAX_VALUE / 3;

  private record Timer(long userdata, long nanosLeft) {}

  private final StandardInput stdin;
  private final ControlLines control;
  private final Clock clock;

  PollOneoff(StandardInput stdin, ControlLines control, Clock clock) {
    this.stdin = stdin;
    this.control = control;
    control.whenSaid(stdin::wakeUp);
    this.clock = clock;
  }

  HostFunction function() {
    return new HostFunction(
        "wasi_snapshot_preview1",
        NAME,
        FunctionType.of(
            List.of(ValType.I32, ValType.I32, ValType.I32, ValType.I32), List.of(ValType.I32)),
        this::call);
  }

  private long[] call(Instance instance, long... arguments) {
    int error =
        poll(
            instance.memory(),
            (int) arguments[0],
            (int) arguments[1],
            (int) arguments[2],
            (int) arguments[3]);
    return new long[] {error};
  }

  int poll(Memory memory, int subscriptions, int events, int count, int eventCount) {
    List<Timer> timers = new ArrayList<>();
    List<Long> readers = new ArrayList<>();
    List<Long> controllers = new ArrayList<>();
    Events out = new Events(memory, events);
    for (int i = 0; i < count; i++) {
      int at = subscriptions + i * SUBSCRIPTION_BYTES;
      long userdata = memory.readLong(at);
      int type = memory.read(at + 8);
      if (type == CLOCK) {
        timers.add(new Timer(userdata, nanosLeft(memory, at)));
      } else if (type == FD_READ && memory.readInt(at + 16) == STDIN) {
        readers.add(userdata);
      } else if (type == FD_READ && memory.readInt(at + 16) == ControlLines.DESCRIPTOR) {
        controllers.add(userdata);
      } else {
        // Files and output never keep anyone waiting.
        out.add(userdata, type, 0, 0);
      }
    }
    if (count == 0) {
      return INVALID;
    }
    if (out.size() == 0) {
      await(timers, readers, controllers, out);
    }
    memory.writeI32(eventCount, out.size());
    return SUCCESS;
  }

  private long nanosLeft(Memory memory, int subscription) {
    long timeout = memory.readLong(subscription + 24);
    long limit = timeout < 0 ? FOREVER_NANOS : Math.min(timeout, FOREVER_NANOS);
    if ((memory.readShort(subscription + 40) & ABSOLUTE) == 0) {
      return limit;
    }
    boolean realtime = memory.readInt(subscription + 16) == REALTIME;
    return limit - (realtime ? realtimeNanos() : System.nanoTime());
  }

  private long realtimeNanos() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000 + now.getNano();
  }

  private void await(List<Timer> timers, List<Long> readers, List<Long> controllers, Events out) {
    long wait = timers.stream().mapToLong(Timer::nanosLeft).min().orElse(FOREVER_NANOS);
    long begin = System.nanoTime();
    try {
      boolean toldToo = !controllers.isEmpty();
      int readable =
          stdin.await(wait, !readers.isEmpty(), () -> toldToo && control.available() > 0);
      if (readable >= 0) {
        readers.forEach(reader -> out.add(reader, FD_READ, readable, readable == 0 ? HANGUP : 0));
      }
    } catch (InterruptedException e) {
      // Whoever interrupts a running program wants it to end; the caller's next check will.
      Thread.currentThread().interrupt();
    }
    int told = control.available();
    if (told > 0) {
      controllers.forEach(controller -> out.add(controller, FD_READ, told, 0));
    }
    long passed = System.nanoTime() - begin;
    for (Timer timer : timers) {
      if (timer.nanosLeft() <= passed) {
        out.add(timer.userdata(), CLOCK, 0, 0);
      }
    }
  }

  /** The array of events that the caller made room for. */
  private static final class Events {
    private final Memory memory;
    private final int start;
    private int size;

    Events(Memory memory, int start) {
      this.memory = memory;
      this.start = start;
    }

    void add(long userdata, int type, long readableBytes, int flags) {
      int at = start + size * EVENT_BYTES;
      memory.fill((byte) 0, at, at + EVENT_BYTES);
      memory.writeLong(at, userdata);
      memory.writeByte(at + 10, (byte) type);
      memory.writeLong(at + 16, readableBytes);
      memory.writeShort(at + 24, (short) flags);
      size++;
    }

    int size() {
      return size;
    }
  }
}
