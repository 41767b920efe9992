package io.oci2wasm.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandWordsTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "wasmtime run, wasmtime|run",
        "` a   b `, a|b",
        "a \"b c\" d'e f', a|b c|de f",
        "a\\ b \"c\\\"d\" 'e\\f', a b|c\"d|e\\f",
      })
  void shouldCutAsAShellWould(String command, String words) {
    assertThat(CommandWords.split(command)).isEqualTo(List.of(words.split("\\|")));
  }

  @Test
  void shouldKeepAnEmptyWord() {
    assertThat(CommandWords.split("a ''")).containsExactly("a", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a 'b", "a \"b"})
  void shouldRefuseWhatIsNoCommand(String command) {
    assertThatThrownBy(() -> CommandWords.split(command))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a command");
  }
}
