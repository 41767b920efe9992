package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.batch.Batches;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.summary.RegistryReader;
import io.oci2wasm.gateway.state.summary.RegistryReader.Registry;
import io.oci2wasm.gateway.worker.RegistryUse;
import io.oci2wasm.gateway.worker.Workers;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/v1/registries}: what came from each, when it was scanned, what failed, and how
 * workers may ask it.
 */
final class RegistriesResource {
  private final RegistryReader view;
  private final Batches batches;
  private final Workers workers;

  RegistriesResource(RegistryReader view, Batches batches, Workers workers) {
    this.view = view;
    this.batches = batches;
    this.workers = workers;
  }

  void routes(RoutesConfig routes) {
    routes.get("/api/v1/registries", this::list);
  }

  /**
   * A registry.
   *
   * @param lastScan absent if it was never scanned
   * @param allowed whether a worker may ask it; absent if no worker tells
   * @param use absent if no worker may ask it, or none tells
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Shown(
      @JsonUnwrapped Registry registry,
      @Nullable Batch lastScan,
      @Nullable Boolean allowed,
      @Nullable RegistryUse use) {
    private static Shown of(
        Registry registry, @Nullable Batch lastScan, Optional<Map<String, RegistryUse>> uses) {
      return new Shown(
          registry,
          lastScan,
          uses.map(all -> all.containsKey(registry.registry())).orElse(null),
          uses.map(all -> all.get(registry.registry())).orElse(null));
    }
  }

  /** All of them. */
  record Registries(List<Shown> items) {}

  private void list(Context context) throws UnavailableException {
    Queries.answerList(
        context,
        () -> {
          int limit = Queries.limit(context.queryParam("limit"));
          Optional<Map<String, RegistryUse>> uses = workers.registries();
          List<Registry> found =
              withThoseAllowed(view.list(limit), uses.map(Map::keySet).orElse(Set.of())).stream()
                  .limit(limit)
                  .toList();
          Map<String, Batch> scans =
              batches.newestScans(found.stream().map(Registry::registry).toList());
          return new Registries(
              found.stream().map(one -> Shown.of(one, scans.get(one.registry()), uses)).toList());
        });
  }

  /** Nothing has come from some of those yet. */
  private static List<Registry> withThoseAllowed(List<Registry> found, Set<String> allowed) {
    Set<String> known = found.stream().map(Registry::registry).collect(Collectors.toSet());
    return Stream.concat(
            found.stream(),
            allowed.stream()
                .filter(name -> !known.contains(name))
                .map(name -> new Registry(name, List.of(), List.of())))
        .sorted(Comparator.comparing(Registry::registry))
        .toList();
  }
}
