package io.oci2wasm.gateway.http;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The body that says with which dead letters something is to be done.
 *
 * @param before an RFC 3339 time: letters that died later are left, which the caller has not seen
 * @param all without any of the others: nobody shall do it with everything by a forgotten filter
 */
record LetterSelection(
    @Nullable String stage,
    @Nullable String reason,
    @Nullable String registry,
    @Nullable String repository,
    @Nullable String before,
    boolean all,
    boolean force,
    boolean dryRun) {
  private static final JsonBody<LetterSelection> BODY =
      new JsonBody<>(LetterSelection.class, "dead letters", "a filter");

  /**
   * Reads it.
   *
   * @throws ProblemException if it is something else, or selects nothing in particular
   */
  static LetterSelection parse(byte[] body) {
    LetterSelection read = BODY.parse(body);
    if (read.stage == null
        && read.reason == null
        && read.registry == null
        && read.repository == null
        && !read.all) {
      throw BODY.refused(
          "found no stage, reason, registry or repository, expected one of them, or"
              + " \"all\": true for every open one");
    }
    return read;
  }

  /** The letters in this state that it selects; null means any. */
  LetterFilter filter(Letter.@Nullable State state) {
    try {
      return new LetterFilter(
          Queries.word(Stage.class, "stage", stage),
          Queries.word(Reason.class, "reason", reason),
          registry,
          repository,
          null,
          before == null ? null : Instant.parse(before),
          state);
    } catch (DateTimeException e) {
      throw BODY.refused("before: found \"" + before + "\", expected a time");
    } catch (IllegalArgumentException e) {
      throw BODY.refused(String.valueOf(e.getMessage()));
    }
  }
}
