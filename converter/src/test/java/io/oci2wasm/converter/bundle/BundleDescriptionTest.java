package io.oci2wasm.converter.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BundleDescriptionTest {
  private static Sha256Digest digest(char digit) {
    return new Sha256Digest(String.valueOf(digit).repeat(64));
  }

  private static BundleDescription description() {
    return description(ConversionOptions.NONE);
  }

  private static BundleDescription description(ConversionOptions options) {
    return new BundleDescription(
        BundleDescription.SCHEMA,
        "c".repeat(64),
        Platform.parse("linux/arm64/v8"),
        digest('1'),
        digest('2'),
        List.of(digest('3'), digest('4')),
        "2",
        "2-zstd-3-1.5.7-8",
        options,
        new BundleDescription.EngineUsed("0.1.0", digest('5'), 4_100_000),
        new BundleDescription.Rootfs(3_200_000, 410),
        List.of(new Component("Linux", "6.1.1", "GPL-2.0-only", "https://example.org/linux")),
        null,
        null);
  }

  @Test
  void shouldWriteTheDocumentedJson() throws Exception {
    // Given
    BundleDescription finished =
        description().withBundle(new BundleDescription.Module(digest('6'), 7_340_032));

    // When
    String json = new String(finished.toJson(), StandardCharsets.UTF_8);

    // Then
    try (InputStream golden = getClass().getResourceAsStream("bundle.json")) {
      assertThat(json).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8).strip());
    }
    assertThat(BundleDescription.parse(finished.toJson())).isEqualTo(finished);
  }

  @Test
  void shouldTellOptionsInBytes() throws Exception {
    BundleDescription description =
        description(new ConversionOptions(GuestMemory.parse("1g")))
            .withBundle(new BundleDescription.Module(digest('6'), 7_340_032));

    assertThat(new String(description.toJson(), StandardCharsets.UTF_8))
        .contains("\"packer\":\"2-zstd-3-1.5.7-8\",\"options\":{\"memory\":1073741824},\"engine\"");
    assertThat(BundleDescription.parse(description.toJson())).isEqualTo(description);
  }

  @Test
  void shouldLeaveTheBundleOutOfTheCopyInsideIt() {
    assertThat(new String(description().toJson(), StandardCharsets.UTF_8))
        .doesNotContain("\"bundle\"")
        .endsWith("}]}");
  }
}
