package io.oci2wasm.gateway.http;

import io.javalin.http.Context;
import java.util.Objects;

/** {@code GET /api/v1/openapi.yaml}: every call of the gateway as OpenAPI 3.1 has it. */
final class OpenApiResource {
  private OpenApiResource() {}

  static void get(Context context) {
    context
        .contentType("application/yaml")
        .result(Objects.requireNonNull(OpenApiResource.class.getResourceAsStream("openapi.yaml")));
  }
}
