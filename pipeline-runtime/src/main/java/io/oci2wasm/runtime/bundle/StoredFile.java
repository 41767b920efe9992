package io.oci2wasm.runtime.bundle;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectPart;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of a bundle, put together by its recipe. Its digest is known once somebody has read all of
 * it: a statement about it keeps it.
 */
public final class StoredFile {
  private static final Logger LOGGER = LoggerFactory.getLogger(StoredFile.class);

  private final ObjectStore store;
  private final String conversionId;
  private final Recipe recipe;
  private final String statement;
  private final Function<Sha256Digest, ModuleStatement.Subject> subject;

  /** Once it is known. */
  private @Nullable Sha256Digest digest;

  /**
   * A file that is all that {@code recipe} gives.
   *
   * @param statement the key of what tells its digest
   * @param subject what that is about
   */
  StoredFile(
      ObjectStore store,
      String conversionId,
      Recipe recipe,
      String statement,
      Function<Sha256Digest, ModuleStatement.Subject> subject) {
    this.store = store;
    this.conversionId = conversionId;
    this.recipe = recipe;
    this.statement = statement;
    this.subject = subject;
  }

  public long sizeBytes() {
    return recipe.sizeBytes();
  }

  /** Its digest, if somebody has put it together before. */
  public Optional<Sha256Digest> digest() throws IOException {
    if (digest == null) {
      digest = ModuleStatement.digest(store, statement).orElse(null);
    }
    return Optional.ofNullable(digest);
  }

  /** Its digest, for which it is put together if nobody did before. */
  public Sha256Digest requireDigest() throws IOException {
    if (digest().isEmpty()) {
      try (InputStream in = open()) {
        long unused = in.transferTo(OutputStream.nullOutputStream());
      }
    }
    return Objects.requireNonNull(digest);
  }

  /** All of it. When it is read to its end, its digest is kept, if it was not known. */
  public InputStream open() throws IOException {
    InputStream whole = open(0, sizeBytes());
    return digest().isPresent() ? whole : new AssemblingStream(whole, sizeBytes(), this::keep);
  }

  /** {@code length} bytes of it, which it has, from {@code first} on. */
  public InputStream open(long first, long length) {
    return new RecipeStream(store, recipe, first, length);
  }

  /**
   * All of it in parts, of which the store can copy some.
   *
   * @param sentBytes about the size of those that it cannot
   */
  List<ObjectPart> parts(long sentBytes) {
    return PartPlan.of(recipe, sentBytes);
  }

  /** What it is to a statement. */
  ModuleStatement.Subject subject() throws IOException {
    return subject.apply(requireDigest());
  }

  /** Whoever reads it has all of it by now: that nobody else learns its digest is no harm. */
  private void keep(Sha256Digest found) {
    digest = found;
    try {
      Optional<byte[]> provenance =
          store.bytes(ObjectKeys.bundleProvenance(conversionId), ModuleStatement.MAX_BYTES);
      if (provenance.isPresent()) {
        store.put(
            statement, ModuleStatement.about(List.of(subject.apply(found)), provenance.get()));
      }
    } catch (IOException e) {
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.CONVERSION_ID, conversionId)
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("A file's digest could not be kept; the next who reads all of it finds it again");
    }
  }
}
