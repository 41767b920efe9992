package io.oci2wasm.runtime.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectPart;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * The bundles of a store. The recipes that were asked for last are held in memory; whether they are
 * in the store is looked at each time. Thread-safe.
 */
public final class Bundles {
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  /**
   * Of recipes that are held: those of images of some hundred GB, or of thousands of small ones.
   */
  private static final int MOST_HELD_BYTES = 16 << 20;

  private final ObjectStore store;
  private final RecipeCache recipes = new RecipeCache(MOST_HELD_BYTES);

  public Bundles(ObjectStore store) {
    this.store = store;
  }

  /**
   * A bundle; empty if there is none.
   *
   * @throws DamagedBundleException if its recipe is not the one that was written
   */
  public Optional<StoredBundle> find(String conversionId) throws IOException {
    // The commit marker: without it nothing else of the bundle may be whole.
    Optional<byte[]> json =
        store.bytes(ObjectKeys.bundleDescription(conversionId), MAX_DESCRIPTION_BYTES);
    if (json.isEmpty()) {
      return Optional.empty();
    }
    JsonNode description = Json.MAPPER.readTree(json.get());
    JsonNode stored = description.path("recipe");
    if (stored.isMissingNode()) {
      return ofEarlierVersion(conversionId, description);
    }
    Sha256Digest digest = Sha256Digest.parse(stored.path("digest").asText());
    Recipe recipe = recipe(conversionId, digest);
    return Optional.of(
        new StoredBundle(store, conversionId, description, digest, recipe.sizeBytes(), recipe));
  }

  private Optional<StoredBundle> ofEarlierVersion(String conversionId, JsonNode description)
      throws IOException {
    Sha256Digest digest = Sha256Digest.parse(description.path("bundle").path("digest").asText());
    long size = description.path("bundle").path("size").asLong();
    String key = ObjectKeys.bundleModule(conversionId);
    Optional<ObjectInfo> module = store.head(key);
    if (module.isPresent() && module.get().size() != size) {
      throw damaged(key, module.get().size() + " bytes", size + " bytes");
    }
    return module.map(
        found -> new StoredBundle(store, conversionId, description, digest, size, null));
  }

  private Recipe recipe(String conversionId, Sha256Digest digest) throws IOException {
    String key = ObjectKeys.bundleRecipe(conversionId);
    Optional<String> version = store.version(key);
    Optional<Recipe> held = version.flatMap(mark -> recipes.find(digest, mark));
    if (held.isPresent()) {
      return held.get();
    }
    byte[] json =
        store
            .bytes(key, Recipe.MAX_BYTES)
            .orElseThrow(() -> damaged(key, "no such object", digest.toString()));
    Sha256Digest found = Sha256Digest.of(json);
    if (!found.equals(digest)) {
      throw damaged(key, found.toString(), digest.toString());
    }
    Recipe recipe = Recipe.parse(json);
    version.ifPresent(mark -> recipes.put(digest, mark, recipe, json.length));
    return recipe;
  }

  private static DamagedBundleException damaged(String key, String found, String expected) {
    return new DamagedBundleException(
        String.format(
            "object store, reading %s: found %s, expected %s as bundle.json says; convert the"
                + " image again with force",
            key, found, expected));
  }

  /** The module's digest, if somebody has put it together before. */
  public Optional<Sha256Digest> moduleDigest(String conversionId) throws IOException {
    return ModuleStatement.digest(store, ObjectKeys.bundleModuleStatement(conversionId));
  }

  /** The statement about the module, if somebody has put it together before. */
  public Optional<byte[]> moduleStatement(String conversionId) throws IOException {
    return store.bytes(ObjectKeys.bundleModuleStatement(conversionId), ModuleStatement.MAX_BYTES);
  }

  /** The statement about a split bundle's data file, if somebody has read all of it before. */
  public Optional<byte[]> dataStatement(String conversionId) throws IOException {
    return store.bytes(ObjectKeys.bundleDataStatement(conversionId), ModuleStatement.MAX_BYTES);
  }

  /**
   * Stores the module as one object, unless it is there, and before it the data file of a split
   * bundle. Large parts are copied within the store, if it can. If not, all is read, checked, and
   * the digests are kept, too.
   *
   * @throws DamagedBundleException if a part of it is not as it was written
   */
  public void materialize(String conversionId) throws IOException {
    StoredBundle bundle =
        find(conversionId)
            .orElseThrow(
                () ->
                    new DamagedBundleException(
                        "bundle " + conversionId + ": found no such bundle; convert it again"));
    Optional<StoredFile> data = bundle.data();
    if (data.isPresent()) {
      store(ObjectKeys.bundleData(conversionId, bundle.dataName()), data.get());
    }
    Optional<StoredFile> module = bundle.module();
    if (module.isPresent()) {
      store(ObjectKeys.bundleModule(conversionId), module.get());
    }
  }

  /** What the store copies by itself is read by nobody: then no digest is kept. */
  private void store(String key, StoredFile file) throws IOException {
    if (store.head(key).filter(object -> object.size() == file.sizeBytes()).isPresent()) {
      return;
    }
    List<ObjectPart> parts = file.parts(store.partBytes());
    boolean copied = parts.stream().anyMatch(ObjectPart.Copied.class::isInstance);
    if (copied && store.compose(key, parts, file::open)) {
      return;
    }
    try (InputStream in = file.open()) {
      long unused = store.put(key, in, file.sizeBytes(), () -> {});
    } catch (RejectedException e) {
      throw new AssertionError("nothing is checked", e);
    }
  }
}
