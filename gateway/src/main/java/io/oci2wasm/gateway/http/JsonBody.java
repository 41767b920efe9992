package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.Json;
import java.nio.charset.StandardCharsets;

/** The body of a call: one JSON object whose members are all known. */
final class JsonBody<T> {
  private final ObjectReader reader;
  private final String what;
  private final String expected;

  /**
   * A kind of body.
   *
   * @param what it asks for, the first word of a refusal
   * @param expected what it has to have
   */
  JsonBody(Class<T> type, String what, String expected) {
    this.reader =
        Json.MAPPER.readerFor(type).with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    this.what = what;
    this.expected = expected;
  }

  T parse(byte[] body) {
    try {
      T read = reader.readValue(new String(body, StandardCharsets.UTF_8));
      if (read != null) {
        return read;
      }
    } catch (JsonProcessingException e) {
      throw refused("found no such request: " + e.getOriginalMessage());
    }
    throw refused("found null, expected a JSON object with " + expected);
  }

  ProblemException refused(String detail) {
    return new ProblemException(HttpStatus.BAD_REQUEST, what + ": " + detail);
  }
}
