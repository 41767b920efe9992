package io.oci2wasm.runtime.event;

import io.oci2wasm.api.event.RecordCopy;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a record tells about earlier attempts at its event: CloudEvents extension attributes
 * (docs/FORMATS.md, "Retries"). A record without them is a first attempt.
 *
 * @param attempt of the coming try, from 1
 * @param firstFailed when the first try failed
 * @param notBefore when the coming try may begin
 * @param crashes how many workers did not survive the coming try so far; it was given out as often
 */
public record RetryMark(
    int attempt, @Nullable Instant firstFailed, @Nullable Instant notBefore, int crashes) {
  private static final String ATTEMPT = "ce_attempt";
  private static final String FIRST_ATTEMPT = "ce_firstattempt";
  private static final String NOT_BEFORE = "ce_notbefore";
  private static final String CRASHES = "ce_crashes";
  private static final Set<String> ALL = Set.of(ATTEMPT, FIRST_ATTEMPT, NOT_BEFORE, CRASHES);

  /** Of what was never tried. */
  public static final RetryMark FIRST = new RetryMark(1, null, null);

  /** Of a try that nobody has begun. */
  public RetryMark(int attempt, @Nullable Instant firstFailed, @Nullable Instant notBefore) {
    this(attempt, firstFailed, notBefore, 0);
  }

  /**
   * Reads the mark. What cannot be read counts as absent: a good event with a damaged mark is tried
   * once too often rather than never.
   */
  public static RetryMark of(RecordCopy record) {
    return new RetryMark(
        record.text(ATTEMPT).map(RetryMark::attempt).orElse(1),
        instant(record.text(FIRST_ATTEMPT)),
        instant(record.text(NOT_BEFORE)),
        record
            .text(CRASHES)
            .filter(text -> text.matches("[0-9]{1,3}"))
            .map(Integer::parseInt)
            .orElse(0));
  }

  /** {@code record} with this mark in place of its own. */
  public RecordCopy on(RecordCopy record) {
    List<RecordCopy.Header> headers = new ArrayList<>(removedFrom(record).headers());
    headers.add(header(ATTEMPT, Integer.toString(attempt)));
    if (firstFailed != null) {
      headers.add(header(FIRST_ATTEMPT, firstFailed.toString()));
    }
    if (notBefore != null) {
      headers.add(header(NOT_BEFORE, notBefore.toString()));
    }
    if (crashes > 0) {
      headers.add(header(CRASHES, Integer.toString(crashes)));
    }
    return new RecordCopy(record.key(), headers, record.value());
  }

  /** {@code record} as it was before its first try. */
  public static RecordCopy removedFrom(RecordCopy record) {
    return new RecordCopy(
        record.key(),
        record.headers().stream().filter(header -> !ALL.contains(header.name())).toList(),
        record.value());
  }

  private static RecordCopy.Header header(String name, String value) {
    return RecordCopy.Header.of(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static int attempt(String text) {
    return text.matches("[0-9]{1,9}") ? Math.max(1, Integer.parseInt(text)) : 1;
  }

  private static @Nullable Instant instant(Optional<String> text) {
    try {
      Instant time = text.map(Instant::parse).orElse(null);
      if (time != null) {
        EventForm.checkBounds(time);
      }
      return time;
    } catch (DateTimeException | IllegalArgumentException e) {
      return null;
    }
  }
}
