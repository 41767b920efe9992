package io.oci2wasm.buildworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.converter.bundle.Engine;
import org.junit.jupiter.api.Test;

class EngineCacheTest {
  private final EngineCache shelf = new EngineCache();

  @Test
  void shouldHaveAnEngineForExactlyThePlatformsThatAreConverted() {
    assertThat(Engine.platforms()).containsExactlyInAnyOrderElementsOf(Platform.WITH_ENGINE);
  }

  @Test
  void shouldLoadAnEngineOnceForAllVariants() throws Exception {
    Engine first = shelf.engine(Platform.parse("linux/riscv64"));

    assertThat(shelf.engine(Platform.parse("linux/riscv64/rva22"))).isSameAs(first);
  }

  @Test
  void shouldNotTakeALoadedEngineForAVariantThatNeedsMore() throws Exception {
    // Given
    shelf.engine(Platform.parse("linux/amd64/v2"));

    // When, Then
    assertThatThrownBy(() -> shelf.engine(Platform.parse("linux/amd64/v3")))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("linux/amd64/v3");
  }

  @Test
  void shouldSayThatThereIsNone() {
    assertThatThrownBy(() -> shelf.engine(Platform.parse("plan9/mips")))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_ENGINE))
        .hasMessageContaining("plan9/mips")
        .hasMessageContaining("linux/riscv64");
  }
}
