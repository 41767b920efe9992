package io.oci2wasm.ingest.source.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;

/** Puts a registry's refusals into words. */
final class RegistryErrors {
  private static final int MAX_BODY_BYTES = 8 * 1024;
  private static final int MAX_TEXT = 200;

  /** Answers after which the same request may succeed. */
  private static final Set<Integer> TRANSIENT = Set.of(408, 425, 429, 500, 502, 503, 504);

  private RegistryErrors() {}

  static boolean isTransient(int status) {
    return TRANSIENT.contains(status);
  }

  /** What a refusal means for the image; {@code doing} names action and object. */
  static RejectedException rejection(String doing, HttpAnswer answer) {
    String found = doing + ": found " + describe(answer);
    return switch (answer.status()) {
      case 401, 403 -> new RejectedException(Reason.UNAUTHORIZED, found + unauthorizedAdvice());
      case 404, 410 ->
          new RejectedException(
              Reason.NOT_FOUND,
              found + ", expected content; check the name, or push the image again");
      default ->
          new RejectedException(
              Reason.REGISTRY_UNAVAILABLE,
              found + ", expected 200; check that this host is a registry");
    };
  }

  /** Why a registry does not take what is sent to it. */
  static RejectedException refusedPush(String doing, HttpAnswer answer) {
    String found = doing + ": found " + describe(answer);
    return switch (answer.status()) {
      case 401, 403 ->
          new RejectedException(
              Reason.UNAUTHORIZED,
              found + ", expected leave to push; log in with an account that may push there");
      case 404, 410 ->
          new RejectedException(
              Reason.NOT_FOUND,
              String.format(
                  "%s, expected the repository; check that it exists and that this account may"
                      + " push to it",
                  found));
      case 405 ->
          new RejectedException(
              Reason.PUSH_REFUSED,
              String.format(
                  "%s, expected a registry that takes pushes; mirrors and read-only registries"
                      + " take none: leave them out of delivery.images",
                  found));
      case 413 ->
          new RejectedException(
              Reason.BUNDLE_TOO_LARGE,
              found + ", expected it to be taken; raise the limit of the registry or its proxy");
      default ->
          new RejectedException(
              Reason.PUSH_REFUSED,
              found + ", expected 2xx; check that this registry takes OCI artifacts");
    };
  }

  /** What befell a body that was not read to its end. */
  static String brokenBody(IOException e) {
    return e instanceof SlowRegistryException slow
        ? String.valueOf(slow.getMessage())
        : "a broken connection";
  }

  private static String unauthorizedAdvice() {
    return ", expected access; log in to the registry (docker login, skopeo login)"
        + " or point at its credentials";
  }

  /**
   * Status and the error's code and message (distribution-spec 1.1, "Error Codes"); closes the
   * body.
   */
  static String describe(HttpAnswer answer) {
    String status = "HTTP " + answer.status();
    try (InputStream body = answer.body()) {
      JsonNode errors = Json.MAPPER.readTree(body.readNBytes(MAX_BODY_BYTES)).path("errors");
      JsonNode error = errors.path(0);
      String text = error.path("code").asText() + " " + error.path("message").asText();
      return text.isBlank() ? status : status + " (" + printable(text.strip()) + ")";
    } catch (IOException e) {
      // Not JSON, or cut off: the status alone must do.
      return status;
    }
  }

  /** Text from the network, fit for a terminal and a log. */
  private static String printable(String text) {
    String clean = text.replaceAll("[^\\x20-\\x7e]", "?");
    return clean.length() <= MAX_TEXT ? clean : clean.substring(0, MAX_TEXT) + "...";
  }
}
