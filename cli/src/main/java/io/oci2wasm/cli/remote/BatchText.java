package io.oci2wasm.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Batches as people read them. */
final class BatchText {
  private static final String[] IMAGE_STATES = {
    "known", "waiting", "running", "built", "reused", "skipped", "failed"
  };
  private static final String[] PLATFORM_STATES = {
    "running", "built", "reused", "skipped", "failed"
  };

  private BatchText() {}

  /** One line: what it is and how far it has come. */
  static String line(JsonNode batch) {
    JsonNode images = batch.path("images");
    return String.format(
        Locale.ROOT,
        "%s %-9s %-9s %s %s, %d of %d",
        batch.path("id").asText(),
        batch.path("kind").asText(),
        batch.path("state").asText(),
        batch.path("requestedAt").asText(),
        batch.path("registry").asText(),
        finished(images),
        images.path("total").asInt());
  }

  /** All that is known of it, a line for each thing. */
  static List<String> lines(JsonNode batch, Instant now) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            "batch      %s, %s of %s%s%s%s%s%s",
            batch.path("id").asText(),
            batch.path("kind").asText(),
            batch.path("registry").asText(),
            words(batch.path("repositories")),
            words(batch.path("platforms")),
            batch.has("since") ? ", since " + batch.path("since").asText() : "",
            batch.path("force").asBoolean() ? ", forced" : "",
            batch.has("rate") ? ", at most " + batch.path("rate").asText() + "/s" : ""));
    lines.add(
        String.format(
            "state      %s%s",
            batch.path("state").asText(),
            batch.has("message") ? ": " + batch.path("message").asText() : ""));
    lines.add("asked for  " + batch.path("requestedAt").asText());
    if (batch.has("endedAt")) {
      lines.add("ended      " + batch.path("endedAt").asText());
    }
    JsonNode images = batch.path("images");
    lines.add("images     " + images.path("total").asInt() + counts(images, IMAGE_STATES));
    lines.add("platforms  " + counts(batch.path("conversions"), PLATFORM_STATES).substring(2));
    if (batch.has("measuredRate")) {
      lines.add("rate       " + batch.path("measuredRate").asText() + "/s" + left(batch, now));
    }
    return lines;
  }

  /** How far it has come, without what it is. */
  static String progress(JsonNode batch, Instant now) {
    JsonNode images = batch.path("images");
    return String.format(
        "%s: %s of %s images%s%s",
        batch.path("state").asText(),
        finished(images),
        images.path("total").asInt(),
        counts(images, IMAGE_STATES),
        left(batch, now));
  }

  private static int finished(JsonNode images) {
    return images.path("total").asInt()
        - images.path("waiting").asInt()
        - images.path("running").asInt();
  }

  private static String words(JsonNode list) {
    StringBuilder text = new StringBuilder();
    list.forEach(word -> text.append(' ').append(word.asText()));
    return text.toString();
  }

  private static String counts(JsonNode counts, String[] states) {
    StringBuilder text = new StringBuilder();
    for (String state : states) {
      int count = counts.path(state).asInt();
      if (count > 0) {
        text.append(text.length() == 0 ? ": " : ", ").append(count).append(' ').append(state);
      }
    }
    return text.length() == 0 ? ": none" : text.toString();
  }

  private static String left(JsonNode batch, Instant now) {
    try {
      Duration left = Duration.between(now, Instant.parse(batch.path("eta").asText()));
      long seconds = Math.max(1, left.toSeconds());
      return String.format(
          ", about %s left",
          seconds < 120
              ? seconds + " s"
              : seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h");
    } catch (DateTimeException e) {
      return "";
    }
  }
}
