package io.oci2wasm.runtime.bundle;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.Recipe;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Recipes that were read last, so that who reads a bundle in many ranges parses its recipe once.
 * Bounded by the size of their JSON text, which is about what they take. Thread-safe.
 */
final class RecipeCache {
  private static final float LOAD = 0.75f;

  private final long mostBytes;
  private final Map<Sha256Digest, Entry> entries = new LinkedHashMap<>(16, LOAD, true);
  private long bytes;

  /**
   * A recipe.
   *
   * @param version the store's mark of the object that it was read from
   */
  private record Entry(Recipe recipe, String version, int jsonBytes) {}

  RecipeCache(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /**
   * The recipe of this digest, if it is held.
   *
   * @param version of its object now: a recipe whose object has changed since is not held
   */
  synchronized Optional<Recipe> find(Sha256Digest digest, String version) {
    return Optional.ofNullable(entries.get(digest))
        .filter(entry -> entry.version().equals(version))
        .map(Entry::recipe);
  }

  /** Holds a recipe in the place of those that nobody has asked for longest. */
  synchronized void put(Sha256Digest digest, String version, Recipe recipe, int jsonBytes) {
    Entry old = entries.remove(digest);
    bytes -= old == null ? 0 : old.jsonBytes();
    if (jsonBytes > mostBytes) {
      return;
    }
    entries.put(digest, new Entry(recipe, version, jsonBytes));
    bytes += jsonBytes;
    Iterator<Entry> eldest = entries.values().iterator();
    while (bytes > mostBytes) {
      bytes -= eldest.next().jsonBytes();
      eldest.remove();
    }
  }
}
