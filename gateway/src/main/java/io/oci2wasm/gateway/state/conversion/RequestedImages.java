package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.Glob;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.state.database.StateDatabase;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * The images of a registry that were requested: one per digest in a repository, with its newest
 * tag. Requests whose tag was never resolved are left out.
 */
public final class RequestedImages {
  private static final String OF_REGISTRY =
      """
      SELECT registry, repository, tag, digest FROM request
      WHERE registry = :registry AND digest IS NOT NULL AND %s
      ORDER BY repository, queued_at, id
      """;

  private final StateDatabase database;

  public RequestedImages(StateDatabase database) {
    this.database = database;
  }

  /**
   * Those asked for, by repository in the order of names.
   *
   * @param repositories globs, of which one matches; empty means all
   * @param since when they were asked for, at or after it; null means ever
   * @throws UnavailableException if the database does not answer
   */
  public List<ImageReference> list(
      String registry, List<String> repositories, @Nullable Instant since)
      throws UnavailableException {
    return database.read(handle -> list(handle, registry, repositories, since));
  }

  private static List<ImageReference> list(
      Handle handle, String registry, List<String> repositories, @Nullable Instant since) {
    List<Glob> globs = repositories.stream().map(Glob::new).toList();
    Query query =
        handle
            .createQuery(OF_REGISTRY.formatted(since == null ? "TRUE" : "queued_at >= :since"))
            .bind("registry", registry);
    if (since != null) {
      query.bind("since", since);
    }
    Map<String, ImageReference> newest = new LinkedHashMap<>();
    query
        .map(ConstructorMapper.of(ImageReference.class))
        .filter(
            image ->
                globs.isEmpty() || globs.stream().anyMatch(one -> one.matches(image.repository())))
        .forEach(
            image ->
                newest.merge(
                    image.repository() + "@" + image.digest(),
                    image,
                    (old, young) -> young.tag() == null ? old : young));
    return List.copyOf(newest.values());
  }
}
