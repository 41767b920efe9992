package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Guest time of a training run, at most: 1s to 9999s, in which a second is 250 million instructions
 * (docs/FORMATS.md, "Trained bundles"). People write it as a time, e.g. {@code 30s}. In our JSON it
 * is a number of seconds.
 */
public record TrainingTime(int seconds) {
  public static final TrainingTime DEFAULT = new TrainingTime(10);

  private static final Pattern FORM = Pattern.compile("([0-9]{1,4})(s|m)");
  private static final int MAX_SECONDS = 9999;

  public TrainingTime {
    if (seconds < 1 || seconds > MAX_SECONDS) {
      throw unfit(Integer.toString(seconds));
    }
  }

  /**
   * Reads the written form.
   *
   * @throws IllegalArgumentException if {@code text} is no time, or one that no run can have
   */
  @JsonCreator
  public static TrainingTime parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw unfit(text);
    }
    return new TrainingTime(
        Integer.parseInt(matcher.group(1)) * (matcher.group(2).equals("m") ? 60 : 1));
  }

  @JsonCreator
  static TrainingTime ofSeconds(int seconds) {
    return new TrainingTime(seconds);
  }

  private static IllegalArgumentException unfit(String found) {
    return new IllegalArgumentException(
        "time: found \"" + found + "\", expected a time from 1s to 9999s, such as 30s");
  }

  @JsonValue
  int json() {
    return seconds;
  }

  @Override
  public String toString() {
    return seconds + "s";
  }
}
