package io.oci2wasm.runtime.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecipeCacheTest {
  private final RecipeCache cache = new RecipeCache(100);

  private static Sha256Digest digest(int number) {
    return Sha256Digest.of(new byte[] {(byte) number});
  }

  private static Recipe recipe(int number) {
    return new Recipe(List.of(new Piece.Inline(new byte[] {(byte) number})));
  }

  private void put(int number, int bytes) {
    cache.put(digest(number), "v", recipe(number), bytes);
  }

  private boolean holds(int number) {
    return cache.find(digest(number), "v").isPresent();
  }

  @Test
  void shouldHoldARecipeUnderItsDigestAsLongAsItsObjectIsTheSame() {
    Recipe recipe = recipe(1);
    cache.put(digest(1), "v", recipe, 10);

    assertThat(cache.find(digest(1), "v")).containsSame(recipe);
    assertThat(cache.find(digest(1), "w")).isEmpty();
    assertThat(cache.find(digest(2), "v")).isEmpty();
  }

  @Test
  void shouldForgetThoseThatNobodyHasAskedForLongest() {
    put(1, 40);
    put(2, 40);
    assertThat(holds(1)).isTrue();

    put(3, 40);

    assertThat(holds(2)).isFalse();
    assertThat(holds(1)).isTrue();
    assertThat(holds(3)).isTrue();
  }

  @Test
  void shouldForgetAsManyAsItTakes() {
    put(1, 30);
    put(2, 30);
    put(3, 30);

    put(4, 90);

    assertThat(List.of(holds(1), holds(2), holds(3))).containsOnly(false);
    assertThat(holds(4)).isTrue();
  }

  @Test
  void shouldNotHoldWhatIsTooLargeAndForgetNothingForIt() {
    put(1, 100);
    put(2, 101);

    assertThat(holds(2)).isFalse();
    assertThat(holds(1)).isTrue();
  }

  @Test
  void shouldCountARecipeThatIsReadAgainOnce() {
    for (int i = 0; i < 5; i++) {
      put(1, 50);
    }
    put(2, 50);

    assertThat(holds(1)).isTrue();
    assertThat(holds(2)).isTrue();
  }
}
