package io.oci2wasm.gateway.retention;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why something is removed. */
public enum Rule {
  /** The registry no longer has the image. */
  DELETED,
  /** Nobody has pushed or asked for the image for {@code retention.unusedFor}. */
  UNUSED,
  /** The repository has {@code retention.newestPerRepository} newer ones. */
  COUNT,
  /** The same content has a newer bundle or packed layer. */
  SUPERSEDED,
  /** It was never finished: no commit marker, or an upload that was left. */
  INCOMPLETE,
  /** Only of bundles that people are told of: the store has lost it, or a run died. */
  MISSING;

  /** Its place above, as lines of marks have it: of several rules the first one is told. */
  @SuppressWarnings("EnumOrdinal") // no run reads another's marks
  String rank() {
    return Integer.toString(ordinal());
  }

  /** The rule with this {@link #rank}. */
  @SuppressWarnings("EnumOrdinal")
  static Rule ofRank(String rank) {
    return values()[Integer.parseInt(rank)];
  }

  /** The rule of this word; none where a newer program knows it. */
  public static @Nullable Rule of(String word) {
    return Stream.of(values())
        .filter(rule -> rule.toString().equals(word))
        .findFirst()
        .orElse(null);
  }

  /** The word used in JSON and metrics, e.g. {@code unused}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
