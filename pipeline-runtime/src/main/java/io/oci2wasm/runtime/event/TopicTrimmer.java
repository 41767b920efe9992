package io.oci2wasm.runtime.event;

import io.oci2wasm.runtime.LogKeys;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes finished records from a topic without retention. Now and then is enough. */
public final class TopicTrimmer implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TopicTrimmer.class);

  private final Admin admin;
  private final Duration every;
  private long last = System.nanoTime();

  private TopicTrimmer(Admin admin, Duration every) {
    this.admin = admin;
    this.every = every;
  }

  /** A trimmer that removes something at most once in {@code every}. */
  public static TopicTrimmer open(KafkaConfig config, Duration every) {
    return new TopicTrimmer(Admin.create(config.clientProperties()), every);
  }

  /** Removes what lies before {@code done}, if it is time; does not wait for it. */
  public void trim(Map<TopicPartition, Long> done) {
    if (System.nanoTime() - last < every.toNanos()) {
      return;
    }
    last = System.nanoTime();
    Map<TopicPartition, RecordsToDelete> records =
        done.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, entry -> RecordsToDelete.beforeOffset(entry.getValue())));
    var unused = admin.deleteRecords(records).all().whenComplete((nothing, error) -> report(error));
  }

  private static void report(@Nullable Throwable error) {
    if (error != null) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, error.toString())
          .log("Finished records could not be removed");
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
