package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.Json;
import java.nio.charset.StandardCharsets;

/** An error as RFC 9457 has it. */
record Problem(String type, String title, int status, String detail) {
  static final String CONTENT_TYPE = "application/problem+json";

  static Problem of(HttpStatus status, String detail) {
    return new Problem("about:blank", status.getMessage(), status.getCode(), detail);
  }

  void answer(Context context) {
    if (status == HttpStatus.SERVICE_UNAVAILABLE.getCode()) {
      context.header("Retry-After", Overload.RETRY_AFTER_SECONDS);
    }
    context.status(status).contentType(CONTENT_TYPE).result(json(this));
  }

  /** The JSON form of what the API returns. */
  static byte[] json(Object value) {
    try {
      return Json.MAPPER.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("answer of " + value.getClass() + " has no JSON form", e);
    }
  }
}
