package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineOptionsTest {
  /** A row of the options' table: each option with a value has it after one space, in capitals. */
  private static final Pattern WITH_VALUE = Pattern.compile("(--[a-z-]+) [A-Z]");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--tty",
        "--tty sh",
        "--user root --tty sh",
        "--user=root --stats --tty",
        "--env A=b --memory 1g --tty -- sh"
      })
  void shouldFindTheTerminalAmongTheOptions(String words) {
    assertThat(EngineOptions.wantTerminal(List.of(words.split(" ")))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"sh --tty", "-- --tty", "--user --tty sh", "--stats sh --tty", "--tty=yes"})
  void shouldNotTakeOtherWordsForIt(String words) {
    assertThat(EngineOptions.wantTerminal(List.of(words.split(" ")))).isFalse();
  }

  @Test
  void shouldPutItsOwnOptionsFirst() {
    // When
    List<String> words =
        EngineOptions.offering(Optional.of(new WindowSize(24, 80)), List.of("--tty", "sh"));

    // Then
    assertThat(words).containsExactly("--control=1048576", "--window-size=24 80", "--tty", "sh");
  }

  @Test
  void shouldKnowEveryOptionWithAValueOfTheContract() throws IOException {
    // Given
    String contract = Files.readString(Path.of("../docs/FORMATS.md"));
    String table =
        contract.substring(contract.indexOf("## Host contract"), contract.indexOf("## The board"));

    // When
    var documented =
        table
            .lines()
            .filter(line -> line.startsWith("| `--"))
            .flatMap(line -> WITH_VALUE.matcher(line).results().map(match -> match.group(1)))
            .collect(Collectors.toSet());

    // Then
    assertThat(EngineOptions.WITH_VALUE).isEqualTo(documented);
  }
}
