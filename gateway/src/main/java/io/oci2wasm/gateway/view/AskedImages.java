package io.oci2wasm.gateway.view;

import io.oci2wasm.api.Glob;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.UnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * Which images of a registry were asked for: one for each digest in a repository, with its newest
 * tag. Requests whose tag was never resolved are none.
 */
public final class AskedImages {
  private final StateDatabase database;

  public AskedImages(StateDatabase database) {
    this.database = database;
  }

  /**
   * Those asked for, by repository in the order of names.
   *
   * @param repositories globs ({@link Glob}), of which one matches; empty means all
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
    List<String> matches = new ArrayList<>();
    for (int i = 0; i < repositories.size(); i++) {
      matches.add("repository LIKE :like" + i + " ESCAPE '!'");
    }
    Query query =
        handle.createQuery(
            "SELECT registry, repository, tag, digest FROM request"
                + " WHERE registry = :registry AND digest IS NOT NULL"
                + (matches.isEmpty() ? "" : " AND (" + String.join(" OR ", matches) + ")")
                + (since == null ? "" : " AND queued_at >= :since")
                + " ORDER BY repository, queued_at, id");
    query.bind("registry", registry);
    for (int i = 0; i < repositories.size(); i++) {
      query.bind("like" + i, LikePattern.of(repositories.get(i)));
    }
    if (since != null) {
      query.bind("since", since);
    }
    // SQL's patterns do not know what a slash is.
    List<Glob> globs = repositories.stream().map(Glob::parse).toList();
    Map<String, ImageReference> newest = new LinkedHashMap<>();
    query.map((row, context) -> StateRows.image(row)).stream()
        .filter(image -> globs.isEmpty() || matches(globs, image.repository()))
        .forEach(
            image ->
                newest.merge(
                    image.repository() + "@" + image.digest(),
                    image,
                    (old, young) -> young.tag() == null ? old : young));
    return List.copyOf(newest.values());
  }

  private static boolean matches(List<Glob> globs, String repository) {
    return globs.stream().anyMatch(glob -> glob.matches(repository));
  }
}
