package io.oci2wasm.runtime.bundle;

import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.InputStream;

/** A bundle in the store as the two files that {@code convert --split} writes. */
public final class SplitBundle {
  private final ObjectStore store;
  private final SplitRecipe recipe;

  SplitBundle(ObjectStore store, SplitRecipe recipe) {
    this.store = store;
    this.recipe = recipe;
  }

  /** The module. */
  public File module() {
    return new File(store, recipe.module());
  }

  /** The data file, which the module names. */
  public File data() {
    return new File(store, recipe.data());
  }

  /** One of the two. */
  public static final class File {
    private final ObjectStore store;
    private final Recipe recipe;

    private File(ObjectStore store, Recipe recipe) {
      this.store = store;
      this.recipe = recipe;
    }

    public long sizeBytes() {
      return recipe.sizeBytes();
    }

    /** {@code length} bytes of it, which it has, from {@code first} on. */
    public InputStream open(long first, long length) {
      return new RecipeStream(store, recipe, first, length);
    }
  }
}
