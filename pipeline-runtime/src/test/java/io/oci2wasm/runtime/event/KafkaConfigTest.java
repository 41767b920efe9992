package io.oci2wasm.runtime.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaConfigTest {
  private static final String SESSION = "session.timeout.ms";

  private static KafkaConfig with(Map<String, String> properties) {
    return new KafkaConfig("127.0.0.1:9092", 1, (short) 1, Duration.ofSeconds(30), 5, properties);
  }

  @Test
  void shouldTakeWhatIsConfiguredOfAMemberBeforeItsOwn() {
    assertThat(with(Map.of()).groupProperties("deliver")).containsEntry(SESSION, 10_000);
    assertThat(with(Map.of(SESSION, "60000")).groupProperties("deliver"))
        .containsEntry(SESSION, "60000");
  }

  @Test
  void shouldLeaveNobodyToDecideWhatIsCommitted() {
    assertThat(with(Map.of("enable.auto.commit", "true")).groupProperties("deliver"))
        .containsEntry("enable.auto.commit", false)
        .containsEntry("auto.offset.reset", "earliest")
        .containsEntry("group.id", "deliver");
  }
}
