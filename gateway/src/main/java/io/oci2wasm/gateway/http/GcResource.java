package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.Json;
import io.oci2wasm.gateway.retention.Collector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code POST /api/v1/gc}: runs retention, or tells what it would remove. */
final class GcResource {
  private final Collector collector;

  GcResource(Collector collector) {
    this.collector = collector;
  }

  void post(Context context) throws IOException {
    boolean dryRun = dryRun(context.bodyAsBytes());
    try {
      context.contentType("application/json").result(Problem.json(collector.run(dryRun)));
    } catch (Collector.AlreadyRunningException e) {
      throw new ProblemException(HttpStatus.CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  /** Without a word nothing is removed: who means it says so. */
  private static boolean dryRun(byte[] body) throws IOException {
    try {
      JsonNode request = Json.MAPPER.readTree(new String(body, StandardCharsets.UTF_8));
      JsonNode dryRun = request.path("dryRun");
      if (request.isObject() && dryRun.isBoolean()) {
        return dryRun.asBoolean();
      }
    } catch (JsonProcessingException e) {
      throw new ProblemException(HttpStatus.BAD_REQUEST, expected("no JSON"));
    }
    throw new ProblemException(HttpStatus.BAD_REQUEST, expected("no member dryRun"));
  }

  private static String expected(String found) {
    return "gc: found " + found + ", expected {\"dryRun\": true} or {\"dryRun\": false}";
  }
}
