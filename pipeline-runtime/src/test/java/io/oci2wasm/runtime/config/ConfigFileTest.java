package io.oci2wasm.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ConfigFileTest {
  /** A section that refuses odd numbers. */
  record Section(
      @ConfigKey(meaning = "", byDefault = "4") int even,
      @ConfigKey(meaning = "", byDefault = "some") String text) {
    Section {
      if (even % 2 != 0) {
        throw new IllegalArgumentException("even: found " + even);
      }
    }
  }

  private final Section section = ConfigFile.defaults(Section.class);

  @Test
  void shouldTakeDefaultsFromTheKeys() {
    assertThat(section).isEqualTo(new Section(4, "some"));
  }

  @Test
  void shouldReplaceOneValueAndKeepTheOthers() {
    assertThat(ConfigFile.with(section, "even", 6)).isEqualTo(new Section(6, "some"));
    assertThat(section.even()).isEqualTo(4);
  }

  @Test
  void shouldLetTheSectionRefuseAValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConfigFile.with(section, "even", 7))
        .withMessage("even: found 7");
  }

  @Test
  void shouldKnowTheKeysOfTheSection() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConfigFile.with(section, "odd", 7))
        .withMessage("Section has no key odd");
  }
}
