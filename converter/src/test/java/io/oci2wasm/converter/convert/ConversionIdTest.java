package io.oci2wasm.converter.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Sha256Digest;
import org.junit.jupiter.api.Test;

class ConversionIdTest {
  private static final Sha256Digest MANIFEST = new Sha256Digest("a".repeat(64));
  private static final Sha256Digest ENGINE = new Sha256Digest("b".repeat(64));
  private static final String PACKER = "2-none";

  @Test
  void shouldHashTheDocumentedCanonicalJson() {
    // Given: printf '{"converterVersion":"3","engine":"sha256:bb…","manifest":"sha256:aa…",
    // "options":{},"packer":"2-none"}' | sha256sum
    String expected = "f6710cac9ca35f73bd87f1e069dd477ed925de501833b2083457b8e33c2b85e0";

    // When
    String id = ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE, PACKER);

    // Then
    assertThat(id).isEqualTo(expected);
  }

  @Test
  void shouldHashOptionsAsNumbers() {
    // Given: the text above with "options":{"memory":536870912}
    String expected = "8314335368dc2e5955657c4a1113bf9af9d62b80fe3a6f2e07e38a94dfd6977d";

    // When
    String id =
        ConversionId.of(MANIFEST, ENGINE, new ConversionOptions(GuestMemory.parse("512m")), PACKER);

    // Then
    assertThat(id)
        .isEqualTo(expected)
        .isEqualTo(
            ConversionId.of(
                MANIFEST, ENGINE, new ConversionOptions(GuestMemory.parse("524288k")), PACKER));
  }

  @Test
  void shouldTellManifestFromEngine() {
    assertThat(ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE.translated(ENGINE), PACKER))
        .isNotEqualTo(ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE, PACKER))
        .isNotEqualTo(
            ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE.translated(MANIFEST), PACKER));
    assertThat(ConversionId.of(ENGINE, MANIFEST, ConversionOptions.NONE, PACKER))
        .isNotEqualTo(ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE, PACKER));
  }

  @Test
  void shouldTellPackersApart() {
    assertThat(ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE, "2-zstd-3-1.5.7-8"))
        .isNotEqualTo(ConversionId.of(MANIFEST, ENGINE, ConversionOptions.NONE, PACKER));
  }
}
