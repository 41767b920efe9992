package io.oci2wasm.converter.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Sha256Digest;
import org.junit.jupiter.api.Test;

class ConversionIdTest {
  private static final Sha256Digest MANIFEST = new Sha256Digest("a".repeat(64));
  private static final Sha256Digest ENGINE = new Sha256Digest("b".repeat(64));

  @Test
  void shouldHashTheDocumentedCanonicalJson() {
    // Given: printf '{"converterVersion":"1","engine":"sha256:bb…","manifest":"sha256:aa…",
    // "options":{}}' | sha256sum
    String expected = "aec89205f8624723e026ffcd760f617976d561dbb8ba2e0cd4d9bdbf65a41d9c";

    // When
    String id = ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE);

    // Then
    assertThat(id).isEqualTo(expected);
  }

  @Test
  void shouldHashOptionsAsNumbers() {
    // Given: the text above with "options":{"memory":536870912}
    String expected = "b5cbece505f0e6eb690df4c3f2658e8d81e108d6e35ca4b55b478121834a77f3";

    // When
    String id = ConversionId.of(MANIFEST, ENGINE, new ConversionOptions(GuestMemory.parse("512m")));

    // Then
    assertThat(id)
        .isEqualTo(expected)
        .isEqualTo(
            ConversionId.of(MANIFEST, ENGINE, new ConversionOptions(GuestMemory.parse("524288k"))));
  }

  @Test
  void shouldTellManifestFromEngine() {
    assertThat(ConversionId.of(ENGINE, MANIFEST, ConversionOptions.NONE))
        .isNotEqualTo(ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE));
  }
}
