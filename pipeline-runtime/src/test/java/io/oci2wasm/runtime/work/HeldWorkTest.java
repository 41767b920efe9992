package io.oci2wasm.runtime.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.DeadLetter.Origin;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.api.event.WorkHeld;
import io.oci2wasm.runtime.event.EventPublisher;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class HeldWorkTest {
  private static final Origin RECORD = new Origin("topic", 3, 17);
  private static final List<WorkHeld.Place> PLACE = List.of(new WorkHeld.Place(3, 17));

  private final BlockingQueue<WorkHeld> told = new LinkedBlockingQueue<>();
  private final AtomicBoolean away = new AtomicBoolean();
  private final EventPublisher publisher =
      new EventPublisher() {
        @Override
        public void publish(List<? extends TopicEvent> events) throws UnavailableException {
          if (away.get()) {
            throw new UnavailableException("Kafka is away", null);
          }
          events.forEach(event -> told.add((WorkHeld) event));
        }

        @Override
        public void report(PipelineEvent event) {
          throw new AssertionError("found a report of a request");
        }
      };

  @Test
  void shouldTellWhatIsInHandAgainAndAgainUntilItIsDone() throws Exception {
    try (HeldWork held = HeldWork.start(Stage.BUILD, publisher, Clock.systemUTC())) {
      held.taken(Lane.BULK, RECORD);
      WorkHeld first = next();
      WorkHeld again = next();
      held.done(Lane.BULK, RECORD);
      WorkHeld last = next();

      assertThat(first.stage()).isEqualTo(Stage.BUILD);
      assertThat(first.lane()).isEqualTo(Lane.BULK);
      assertThat(first.records()).isEqualTo(PLACE);
      assertThat(again.records()).isEqualTo(PLACE);
      assertThat(again.worker()).isEqualTo(first.worker());
      assertThat(last.records()).isEmpty();
    }
    assertThat(told).isEmpty();
  }

  @Test
  void shouldTellAtItsEndThatNothingIsInHand() throws Exception {
    HeldWork held = HeldWork.start(Stage.BUILD, publisher, Clock.systemUTC());
    held.taken(Lane.PUSH, RECORD);
    WorkHeld taken = next();
    held.done(Lane.PUSH, RECORD);

    held.close();
    held.close();

    assertThat(taken.records()).isEqualTo(PLACE);
    // It is told when close returns, and once.
    assertThat(told).singleElement().satisfies(last -> assertThat(last.records()).isEmpty());
  }

  @Test
  void shouldGoOnWhereKafkaWasAway() throws Exception {
    away.set(true);
    try (HeldWork held = HeldWork.start(Stage.BUILD, publisher, Clock.systemUTC())) {
      held.taken(Lane.PUSH, RECORD);
      WorkHeld meanwhile = told.poll(700, TimeUnit.MILLISECONDS);
      away.set(false);

      assertThat(meanwhile).isNull();
      assertThat(next().records()).isEqualTo(PLACE);
    }
  }

  private WorkHeld next() throws InterruptedException {
    WorkHeld next = told.poll(30, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("found nothing told in 30 s");
    }
    return next;
  }
}
