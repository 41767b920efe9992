package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which query parameters each call takes, as openapi.yaml tells it. Others are refused: a filter
 * that is misspelt would be no filter.
 */
final class KnownParameters {
  private final List<Call> calls;

  private KnownParameters(List<Call> calls) {
    this.calls = calls;
  }

  /** An operation; {@code free} if others decide on its parameters. */
  private record Call(
      String method, Pattern path, boolean template, Set<String> names, boolean free) {}

  /** Reads the description that is served, too. */
  static KnownParameters load() {
    try (InputStream in = KnownParameters.class.getResourceAsStream("openapi.yaml")) {
      JsonNode document = new YAMLMapper().readTree(in);
      List<Call> calls = new ArrayList<>();
      document
          .path("paths")
          .properties()
          .forEach(
              path ->
                  path.getValue()
                      .properties()
                      .forEach(
                          method ->
                              calls.add(
                                  call(
                                      document,
                                      method.getKey(),
                                      path.getKey(),
                                      method.getValue()))));
      calls.sort(Comparator.comparing(Call::template));
      return new KnownParameters(calls);
    } catch (IOException e) {
      throw new UncheckedIOException("openapi.yaml cannot be read", e);
    }
  }

  private static Call call(JsonNode document, String method, String path, JsonNode operation) {
    Set<String> names = new TreeSet<>();
    for (JsonNode one : operation.path("parameters")) {
      String reference = one.path("$ref").asText();
      JsonNode parameter = reference.isEmpty() ? one : document.at(reference.substring(1));
      if (parameter.path("in").asText().equals("query")) {
        names.add(parameter.path("name").asText());
      }
    }
    return new Call(
        method,
        Pattern.compile(path.replaceAll("\\{[^}]*}", "[^/]+") + "/*"),
        path.contains("{"),
        names,
        operation.path("x-free-parameters").asBoolean());
  }

  /** Refuses a call with a parameter that it does not take. */
  void check(Context context) {
    Set<String> asked = new TreeSet<>(context.queryParamMap().keySet());
    if (asked.isEmpty()) {
      return;
    }
    Optional<Call> call = call(context.req().getMethod(), context.path());
    if (call.map(Call::free).orElse(false)) {
      return;
    }
    Set<String> known = call.map(Call::names).orElse(Set.of());
    asked.removeAll(known);
    if (!asked.isEmpty()) {
      throw new ProblemException(
          HttpStatus.BAD_REQUEST,
          String.format(
              "%s: found the query parameter %s, expected %s",
              context.path(),
              String.join(", ", asked),
              known.isEmpty() ? "none" : "some of " + String.join(", ", known)));
    }
  }

  private Optional<Call> call(String method, String path) {
    String wanted = method.equals("HEAD") ? "get" : method.toLowerCase(Locale.ROOT);
    return calls.stream()
        .filter(call -> call.method().equals(wanted) && call.path().matcher(path).matches())
        .findFirst();
  }
}
