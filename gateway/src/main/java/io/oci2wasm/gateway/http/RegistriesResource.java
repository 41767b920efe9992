package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.batch.Batches;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.summary.RegistryReader;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/registries}: what came from each, when it was scanned, and what failed. */
final class RegistriesResource {
  private final RegistryReader view;
  private final Batches batches;

  RegistriesResource(RegistryReader view, Batches batches) {
    this.view = view;
    this.batches = batches;
  }

  void routes(RoutesConfig routes) {
    routes.get("/api/v1/registries", this::list);
  }

  /** A registry with its last scan; absent if it was never scanned. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Scanned(@JsonUnwrapped RegistryReader.Registry registry, @Nullable Batch lastScan) {}

  /** All of them. */
  record Registries(List<Scanned> items) {}

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () -> {
          List<RegistryReader.Registry> found =
              view.list(Queries.limit(context.queryParam("limit")));
          Map<String, Batch> scans =
              batches.newestScans(found.stream().map(RegistryReader.Registry::registry).toList());
          return new Registries(
              found.stream().map(one -> new Scanned(one, scans.get(one.registry()))).toList());
        });
  }
}
