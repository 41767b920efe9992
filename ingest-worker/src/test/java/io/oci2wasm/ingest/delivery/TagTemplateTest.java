package io.oci2wasm.ingest.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TagTemplateTest {
  private static final Platform AMD64 = Platform.parse("linux/amd64");

  @ParameterizedTest
  @CsvSource({
    "{tag}-wasm, linux/amd64, 1.2-wasm",
    "{tag}_{platform}, linux/amd64, 1.2_linux-amd64",
    "wasm-{tag}, linux/386, wasm-1.2",
    "{platform}.{tag}, linux/arm/v7, linux-arm-v7.1.2",
    "{tag}-{platform}, linux/a+b, 1.2-linux-a-b"
  })
  void shouldMakeTheTag(String template, String platform, String expected) throws Exception {
    assertThat(TagTemplate.parse(template).of("1.2", Platform.parse(platform))).isEqualTo(expected);
  }

  @Test
  void shouldKnowWhetherPlatformsHaveTagsOfTheirOwn() {
    assertThat(TagTemplate.parse("{tag}-wasm").namesPlatforms()).isFalse();
    assertThat(TagTemplate.parse("{tag}-{platform}").namesPlatforms()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "{tag}-{arch}, found the placeholder {arch}",
    "{tag}-{}, found the placeholder {}",
    "{tag}, expected {tag} and something beside it",
    "wasm, expected {tag} and something beside it",
    "{platform}, expected {tag} and something beside it",
    "'', expected {tag} and something beside it",
    "{tag}/wasm, expected letters",
    "{tag} wasm, expected letters",
    "-{tag}, neither . nor - at the begin",
    ".{tag}, neither . nor - at the begin",
    "{tag}{, expected letters"
  })
  void shouldRefuseWhatGivesNoTags(String template, String message) {
    assertThatThrownBy(() -> TagTemplate.parse(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  /** The tags of the image are the registry's business: these two fit alone. */
  @ParameterizedTest
  @ValueSource(ints = {123, 124})
  void shouldRefuseATagThatIsTooLong(int length) throws Exception {
    TagTemplate template = TagTemplate.parse("{tag}-wasm");
    String tag = "a".repeat(length);
    if (length + "-wasm".length() <= 128) {
      assertThat(template.of(tag, AMD64)).hasSize(length + 5);
    } else {
      assertThatThrownBy(() -> template.of(tag, AMD64))
          .isInstanceOfSatisfying(
              RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.PUSH_REFUSED))
          .hasMessageContaining("expected up to 128");
    }
  }

  @Test
  void shouldRefuseTheFormOfAReferrersTag() {
    TagTemplate template = TagTemplate.parse("sha256-{tag}");
    assertThatThrownBy(() -> template.of("a".repeat(64), AMD64))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("not the form of a referrers tag");
  }
}
