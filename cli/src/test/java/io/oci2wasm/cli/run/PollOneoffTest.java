package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import run.endive.wasm.types.MemoryLimits;

/** WASI preview 1's structures: a subscription has 48 bytes, an event 32. */
@Timeout(30)
class PollOneoffTest {
  private static final int SUBSCRIPTIONS = 0;
  private static final int EVENTS = 1024;
  private static final int COUNT = 2048;
  private static final long LONG = Duration.ofHours(1).toNanos();

  private final ControlLines control = new ControlLines();
  private final GuestMemory memory = new GuestMemory(new MemoryLimits(1, 1), List.of());

  @Test
  void shouldWakeUpWhenTheTimeHasCome() throws IOException {
    // Given
    subscribeClock(0, 7, Duration.ofMillis(30).toNanos(), false);
    subscribeStdin(1, 8);
    PipedInputStream silent = new PipedInputStream(new PipedOutputStream());
    long begin = System.nanoTime();

    // When
    int error = poll(new StandardInput(silent), 2);

    // Then
    assertThat(error).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(29));
    assertThat(memory.readInt(COUNT)).isEqualTo(1);
    assertThat(memory.readLong(EVENTS)).isEqualTo(7);
    assertThat(memory.read(EVENTS + 10)).isZero();
  }

  @Test
  void shouldWakeUpForInputLongBeforeTheTime() throws Exception {
    // Given
    PipedOutputStream writer = new PipedOutputStream();
    StandardInput stdin = new StandardInput(new PipedInputStream(writer));
    subscribeClock(0, 7, LONG, false);
    subscribeStdin(1, 8);
    writer.write(new byte[] {'h', 'i'});
    writer.flush();

    // When
    int error = poll(stdin, 2);

    // Then
    assertThat(error).isZero();
    assertThat(memory.readInt(COUNT)).isEqualTo(1);
    assertThat(memory.readLong(EVENTS)).isEqualTo(8);
    assertThat(memory.read(EVENTS + 10)).isEqualTo((byte) 1);
    assertThat(memory.readLong(EVENTS + 16)).isEqualTo(2);
    assertThat(memory.readShort(EVENTS + 24)).isZero();
  }

  @Test
  void shouldTellTheEndOfInput() {
    // Given
    subscribeClock(0, 7, LONG, false);
    subscribeStdin(1, 8);

    // When
    int error = poll(new StandardInput(InputStream.nullInputStream()), 2);

    // Then
    assertThat(error).isZero();
    assertThat(memory.readLong(EVENTS)).isEqualTo(8);
    assertThat(memory.readLong(EVENTS + 16)).isZero();
    assertThat(memory.readShort(EVENTS + 24)).as("hang-up").isEqualTo((short) 1);
  }

  @Test
  void shouldTakeAnAbsoluteTimeInThePastForNow() {
    // Given
    subscribeClock(0, 7, 1, true);

    // When
    int error = poll(new StandardInput(InputStream.nullInputStream()), 1);

    // Then
    assertThat(error).isZero();
    assertThat(memory.readInt(COUNT)).isEqualTo(1);
  }

  @Test
  void shouldNotWaitWhereOutputIsAskedForToo() {
    // Given
    subscribeClock(0, 7, LONG, false);
    memory.writeLong(48, 9);
    memory.writeByte(48 + 8, (byte) 2);
    memory.writeI32(48 + 16, 1);

    // When
    int error = poll(new StandardInput(InputStream.nullInputStream()), 2);

    // Then
    assertThat(error).isZero();
    assertThat(memory.readInt(COUNT)).isEqualTo(1);
    assertThat(memory.readLong(EVENTS)).isEqualTo(9);
  }

  @Test
  void shouldWakeUpForAControlLine() throws Exception {
    // Given
    PipedInputStream silent = new PipedInputStream(new PipedOutputStream());
    StandardInput stdin = new StandardInput(silent);
    subscribeClock(0, 7, LONG, false);
    subscribeStdin(1, 8);
    subscribeRead(2, 9, ControlLines.DESCRIPTOR);
    Thread teller =
        new Thread(
            () -> {
              try {
                Thread.sleep(50);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              control.signal(15);
            });

    // When
    teller.start();
    int error = poll(stdin, 3);
    teller.join();

    // Then
    assertThat(error).isZero();
    assertThat(memory.readInt(COUNT)).isEqualTo(1);
    assertThat(memory.readLong(EVENTS)).isEqualTo(9);
    assertThat(memory.readLong(EVENTS + 16)).isEqualTo("signal 15\n".length());
  }

  @Test
  void shouldNotWakeUpForInputThatNobodyWants() {
    // Given
    StandardInput ended = new StandardInput(InputStream.nullInputStream());
    subscribeClock(0, 7, Duration.ofMillis(30).toNanos(), false);
    subscribeRead(1, 9, ControlLines.DESCRIPTOR);

    // When
    int error = poll(ended, 2);

    // Then
    assertThat(error).isZero();
    assertThat(memory.readInt(COUNT)).isEqualTo(1);
    assertThat(memory.readLong(EVENTS)).isEqualTo(7);
  }

  @Test
  void shouldRefuseAnEmptyList() {
    // When
    int error = poll(new StandardInput(InputStream.nullInputStream()), 0);

    // Then
    assertThat(error).as("EINVAL").isEqualTo(28);
  }

  @Test
  void shouldGiveAllInputToTheReaderInOrder() throws IOException {
    // Given
    byte[] content = new byte[300_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31);
    }
    StandardInput stdin = new StandardInput(new ByteArrayInputStream(content));

    // When
    byte[] read = stdin.readAllBytes();

    // Then
    assertThat(read).isEqualTo(content);
  }

  private int poll(StandardInput stdin, int count) {
    return new PollOneoff(stdin, control, Clock.systemUTC())
        .poll(memory, SUBSCRIPTIONS, EVENTS, count, COUNT);
  }

  private void subscribeClock(int index, long userdata, long nanos, boolean absolute) {
    int at = SUBSCRIPTIONS + index * 48;
    memory.writeLong(at, userdata);
    memory.writeByte(at + 8, (byte) 0);
    memory.writeI32(at + 16, 0);
    memory.writeLong(at + 24, nanos);
    memory.writeShort(at + 40, (short) (absolute ? 1 : 0));
  }

  private void subscribeStdin(int index, long userdata) {
    subscribeRead(index, userdata, 0);
  }

  private void subscribeRead(int index, long userdata, int descriptor) {
    int at = SUBSCRIPTIONS + index * 48;
    memory.writeLong(at, userdata);
    memory.writeByte(at + 8, (byte) 1);
    memory.writeI32(at + 16, descriptor);
  }
}
