package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Stage;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.replay.ReplayResult;
import io.oci2wasm.gateway.replay.Replayer;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/dead-letters}: lists what failed for good, and replays it. */
final class DeadLettersResource {
  private static final ObjectReader SELECTION =
      Json.MAPPER
          .readerFor(Selection.class)
          .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final LetterReader view;
  private final Replayer replayer;

  DeadLettersResource(LetterReader view, Replayer replayer) {
    this.view = view;
    this.replayer = replayer;
  }

  /**
   * Which letters are to be replayed.
   *
   * @param all without any of the others: nobody shall replay everything by a forgotten filter
   */
  record Selection(
      @Nullable String stage,
      @Nullable String reason,
      @Nullable String repository,
      boolean all,
      boolean force,
      boolean dryRun) {}

  /** What was done. */
  record Replays(boolean dryRun, List<ReplayResult> items) {}

  void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () ->
            view.list(
                new LetterFilter(
                    Queries.word(Stage.class, "stage", context.queryParam("stage")),
                    Queries.word(Reason.class, "reason", context.queryParam("reason")),
                    context.queryParam("repository"),
                    Queries.word(Letter.State.class, "state", context.queryParam("state"))),
                Queries.limit(context.queryParam("limit")),
                context.queryParam("page")));
  }

  void get(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    Queries.answer(context, view.find(id).orElseThrow(() -> notFound(id)));
  }

  void replay(Context context) throws UnavailableException {
    String id = context.pathParam("id");
    boolean force = Boolean.parseBoolean(context.queryParam("force"));
    ReplayResult result = replayer.replay(id, force).orElseThrow(() -> notFound(id));
    if (result.result() == ReplayResult.What.REFUSED) {
      throw new ProblemException(HttpStatus.CONFLICT, String.valueOf(result.message()));
    }
    Queries.answer(context, result);
  }

  void replayAll(Context context, byte[] body) throws UnavailableException {
    Selection selection = selection(body);
    if (selection.stage() == null
        && selection.reason() == null
        && selection.repository() == null
        && !selection.all()) {
      throw badRequest(
          "dead letters: found no stage, reason or repository, expected one of them, or"
              + " \"all\": true for every open one");
    }
    try {
      LetterFilter filter =
          new LetterFilter(
              Queries.word(Stage.class, "stage", selection.stage()),
              Queries.word(Reason.class, "reason", selection.reason()),
              selection.repository(),
              selection.force() ? null : Letter.State.OPEN);
      Queries.answer(
          context,
          new Replays(
              selection.dryRun(),
              replayer.replayAll(filter, selection.force(), selection.dryRun())));
    } catch (IllegalArgumentException e) {
      throw badRequest(String.valueOf(e.getMessage()));
    }
  }

  private static Selection selection(byte[] body) {
    try {
      Selection read = SELECTION.readValue(new String(body, StandardCharsets.UTF_8));
      if (read != null) {
        return read;
      }
    } catch (JsonProcessingException e) {
      throw badRequest("dead letters: found no such filter: " + e.getOriginalMessage());
    }
    throw badRequest("dead letters: found null, expected a filter as JSON object");
  }

  private static ProblemException badRequest(String detail) {
    return new ProblemException(HttpStatus.BAD_REQUEST, detail);
  }

  private static ProblemException notFound(String id) {
    return new ProblemException(
        HttpStatus.NOT_FOUND,
        "dead letter " + id + ": found none; GET /api/v1/dead-letters lists them");
  }
}
