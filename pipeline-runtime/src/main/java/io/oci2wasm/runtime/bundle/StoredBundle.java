package io.oci2wasm.runtime.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.recipe.BundleFiles;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A bundle in the store: a recipe, or of an earlier version the module as one object. Whoever reads
 * it cannot tell one from the other.
 */
public final class StoredBundle {
  /** More than build writes, which lists no more than 10,000 packages. */
  private static final int MAX_SBOM_BYTES = 32 << 20;

  private final ObjectStore store;
  private final String conversionId;
  private final JsonNode description;
  private final Sha256Digest identity;
  private final long sizeBytes;
  private final @Nullable Recipe recipe;
  private final @Nullable StoredFile module;

  StoredBundle(
      ObjectStore store,
      String conversionId,
      JsonNode description,
      Sha256Digest identity,
      long sizeBytes,
      @Nullable Recipe recipe) {
    this.store = store;
    this.conversionId = conversionId;
    this.description = description;
    this.identity = identity;
    this.sizeBytes = sizeBytes;
    this.recipe = recipe;
    this.module =
        recipe == null
            ? null
            : new StoredFile(
                store,
                conversionId,
                new Recipe(recipe.pieces()),
                ObjectKeys.bundleModuleStatement(conversionId),
                ModuleStatement.Subject::module);
  }

  /** {@code bundle.json}. */
  public JsonNode description() {
    return description;
  }

  /** The digest of the recipe; of a bundle of an earlier version that of the module. */
  public Sha256Digest identity() {
    return identity;
  }

  /**
   * Tells the two files of a split bundle from all others: whoever takes them from several
   * gateways, or caches, must not mix what they split in other ways.
   */
  public String splitTag() {
    return recipe == null || recipe.isSplit()
        ? identity.toString()
        : identity + "." + SplitRecipe.VERSION;
  }

  /** Size of the module. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** The module's digest, if somebody has put it together before. */
  public Optional<Sha256Digest> moduleDigest() throws IOException {
    return module == null ? Optional.of(identity) : module.digest();
  }

  /** The module of a bundle with a recipe; that of an earlier version is an object. */
  Optional<StoredFile> module() {
    return Optional.ofNullable(module);
  }

  /** What the files of the bundle are called, without their suffixes. */
  public String name() {
    return BundleFiles.name(conversionId, platform());
  }

  /** What the data file is called, also where the bundle is one file but somebody wants two. */
  public String dataName() {
    return BundleFiles.dataName(conversionId, platform());
  }

  private String platform() {
    return description.path("platform").asText();
  }

  /** The data file of a bundle that is split in the store; empty of one in one file. */
  public Optional<StoredFile> data() {
    return recipe == null || !recipe.isSplit()
        ? Optional.empty()
        : Optional.of(
            new StoredFile(
                store,
                conversionId,
                new Recipe(recipe.data()),
                ObjectKeys.bundleDataStatement(conversionId),
                digest -> ModuleStatement.Subject.data(dataName(), digest)));
  }

  /** The whole module. When it is read to its end, its digest is kept, if it was not known. */
  public InputStream open() throws IOException {
    return module == null ? open(0, sizeBytes) : module.open();
  }

  /** {@code length} bytes of the module, which has them, from {@code first} on. */
  public InputStream open(long first, long length) throws IOException {
    if (module != null) {
      return module.open(first, length);
    }
    Objects.checkFromToIndex(first, first + length, sizeBytes);
    String key = ObjectKeys.bundleModule(conversionId);
    return (length == 0
            ? Optional.of(InputStream.nullInputStream())
            : store.get(key, first, length))
        .orElseThrow(
            () ->
                new DamagedBundleException(
                    "object store, reading "
                        + key
                        + ": found no such object, expected a module;"
                        + " convert the image again with force"));
  }

  /**
   * The same as two files (docs/FORMATS.md, "Split bundles"); empty for a bundle of an earlier
   * version.
   *
   * @param dataName what the module calls the data file, unless it is split in the store
   * @throws DamagedBundleException if its recipe is not that of a bundle
   */
  public Optional<SplitBundle> split(String dataName) throws DamagedBundleException {
    return recipe == null
        ? Optional.empty()
        : Optional.of(new SplitBundle(store, SplitRecipe.of(recipe, dataName)));
  }

  /** The module's digest, for which the module is put together if nobody did before. */
  public Sha256Digest requireModuleDigest() throws IOException {
    return module == null ? identity : module.requireDigest();
  }

  /**
   * The provenance of the bundle's files, said of a manifest that holds them, too: an in-toto
   * statement.
   *
   * @throws DamagedBundleException if the store has lost it
   */
  public byte[] statementAbout(Descriptor manifest) throws IOException {
    byte[] statement =
        document(
            ObjectKeys.bundleProvenance(conversionId), ModuleStatement.MAX_BYTES, "a statement");
    return ModuleStatement.about(subjects(manifest), statement);
  }

  /** Whether it has a bill of materials; those of earlier versions have none. */
  public boolean hasSbom() throws IOException {
    return store.head(ObjectKeys.bundleSbom(conversionId)).isPresent();
  }

  /**
   * The bill of materials, said of the module and a manifest that holds it: an in-toto statement.
   *
   * @param predicateType what statements call such a document
   * @throws DamagedBundleException if the store has lost it
   */
  public byte[] sbomAbout(Descriptor manifest, String predicateType) throws IOException {
    return ModuleStatement.about(
        subjects(manifest),
        predicateType,
        document(ObjectKeys.bundleSbom(conversionId), MAX_SBOM_BYTES, "a bill of materials"));
  }

  private byte[] document(String key, int maxBytes, String expected) throws IOException {
    return store
        .bytes(key, maxBytes)
        .orElseThrow(
            () ->
                new DamagedBundleException(
                    String.format(
                        "object store, reading %s: found no such object, expected %s; convert the"
                            + " image again with force",
                        key, expected)));
  }

  private List<ModuleStatement.Subject> subjects(Descriptor manifest) throws IOException {
    List<ModuleStatement.Subject> subjects = new ArrayList<>();
    subjects.add(new ModuleStatement.Subject("manifest", manifest.digest(), manifest.mediaType()));
    subjects.add(ModuleStatement.Subject.module(requireModuleDigest()));
    Optional<StoredFile> data = data();
    if (data.isPresent()) {
      subjects.add(data.get().subject());
    }
    return subjects;
  }
}
