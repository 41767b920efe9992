package io.oci2wasm.converter.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {
  @ParameterizedTest
  @ValueSource(strings = {"linux/riscv64", "linux/amd64", "linux/386"})
  void shouldHaveAnEngineThatIsFitForBundles(String platform) throws Exception {
    // When
    Engine engine = Engine.forPlatform(Platform.parse(platform)).orElseThrow();

    // Then
    assertThat(engine.checkedModule().exportNames()).contains("_start", "memory");
    assertThat(engine.version()).isNotEmpty();
    assertThat(engine.sizeBytes()).isLessThan(7_000_000);
    assertThat(engine.components()).extracting(Component::name).contains("Linux");
    assertThat(engine.components())
        .allSatisfy(
            component -> {
              assertThat(component.licence()).isNotEmpty();
              assertThat(component.source()).isNotEmpty();
            });
  }

  /** Whoever only asks which engine it is reads no module. */
  @ParameterizedTest
  @ValueSource(strings = {"linux/riscv64", "linux/amd64", "linux/386"})
  void shouldTellVersionAndDigestWithoutReadingTheModule(String platform) throws Exception {
    Platform asked = Platform.parse(platform);
    Engine engine = Engine.forPlatform(asked).orElseThrow();

    assertThat(Engine.identity(asked))
        .isEqualTo(new Engine.Identity(engine.version(), engine.digest()));
  }

  @Test
  void shouldRunImagesOfItsArchitectureWhateverTheVariant() throws Exception {
    assertThat(Engine.forPlatform(Platform.parse("linux/riscv64/rva22u64"))).isPresent();
    assertThat(Engine.forPlatform(Platform.parse("linux/amd64/v2"))).isPresent();
  }

  @Test
  void shouldRunImagesOf386OnTheEngineOfAmd64() throws Exception {
    // Given
    Engine amd64 = Engine.forPlatform(Platform.parse("linux/amd64")).orElseThrow();

    // When
    Engine engine = Engine.forPlatform(Platform.parse("linux/386")).orElseThrow();

    // Then
    assertThat(engine.digest()).isEqualTo(amd64.digest());
    assertThat(engine.platform()).isEqualTo(Platform.parse("linux/386"));
  }

  @Test
  void shouldHaveNoEngineForOtherPlatforms() throws Exception {
    // Given, When
    Optional<Engine> engine = Engine.forPlatform(Platform.parse("linux/s390x"));

    // Then
    assertThat(engine).isEmpty();
  }

  @Test
  void shouldBeKnownByTheDigestOfItsModule() {
    // Given
    byte[] module = TestEngines.module();

    // When
    Engine engine = TestEngines.engine(module);

    // Then
    assertThat(engine.digest()).isEqualTo(Sha256Digest.of(module));
    assertThat(engine.sizeBytes()).isEqualTo(module.length);
  }
}
