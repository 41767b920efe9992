package io.oci2wasm.api.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Something failed for good in a stage. The letter keeps the original, so that it can be replayed
 * when the cause is fixed.
 *
 * @param id equal for letters about the same record: {@link #idOf(Origin)}, or {@link
 *     #idOf(byte[])} of what came from no topic
 * @param origin where the record lay; absent for a webhook
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeadLetter(
    String id,
    @JsonUnwrapped Work work,
    @JsonUnwrapped Failure failure,
    @Nullable Origin origin,
    RecordCopy record)
    implements TopicEvent {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

  public DeadLetter {
    checkId(id);
  }

  /**
   * What was given up.
   *
   * @param lane absent, as {@code requestId} and {@code image}, where that cannot be read
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Work(
      Stage stage,
      @Nullable Lane lane,
      @Nullable String requestId,
      @Nullable ImageReference image) {
    public Work {
      if (requestId != null) {
        RequestIds.check(requestId);
      }
    }

    /** Of a stage that cannot read what it was. */
    public static Work unknown(Stage stage) {
      return new Work(stage, null, null, null);
    }
  }

  /**
   * Why it was given up.
   *
   * @param attempts how often it was tried
   * @param firstFailedAt when the first attempt failed
   */
  public record Failure(
      Reason reason, String message, int attempts, Instant firstFailedAt, Instant deadAt) {
    public Failure {
      message = Messages.bounded(message);
    }
  }

  static void checkId(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "dead letter: found id \"" + id + "\", expected 32 lower-case hex digits");
    }
  }

  /** Where a record lay. */
  public record Origin(String topic, int partition, long offset) {}

  /** The id of the letter about the record at {@code origin}. */
  public static String idOf(Origin origin) {
    String place = origin.topic() + "/" + origin.partition() + "/" + origin.offset();
    return idOf(place.getBytes(StandardCharsets.UTF_8));
  }

  /** The id of the letter of one of several readers, each of which needs the record at origin. */
  public static String idOf(Origin origin, String reader) {
    String place = origin.topic() + "/" + origin.partition() + "/" + origin.offset() + "/" + reader;
    return idOf(place.getBytes(StandardCharsets.UTF_8));
  }

  /** The id of the letter about {@code bytes} that lay in no topic. */
  public static String idOf(byte[] bytes) {
    return Sha256Digest.of(bytes).hex().substring(0, 32);
  }

  @Override
  public String type() {
    return Topics.DEAD_LETTERED;
  }

  @Override
  public String eventId() {
    return id;
  }

  @Override
  public @Nullable Sha256Digest subject() {
    ImageReference image = work.image();
    return image == null ? null : image.digest();
  }

  @Override
  public String recordKey() {
    return id;
  }
}
