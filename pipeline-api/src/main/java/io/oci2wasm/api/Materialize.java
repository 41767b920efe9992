package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Whether a bundle's files are stored beside its recipe. */
public enum Materialize {
  NEVER,
  ALWAYS;

  /**
   * Reads the word used in files and events.
   *
   * @throws IllegalArgumentException for any other
   */
  @JsonCreator
  public static Materialize parse(String text) {
    for (Materialize one : values()) {
      if (one.toString().equals(text)) {
        return one;
      }
    }
    throw new IllegalArgumentException("found \"" + text + "\", expected never or always");
  }

  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
