package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineOptionsTest {
  /** A row of the options' table: an option with a value has it after one space, in capitals. */
  private static final Pattern ROW =
      Pattern.compile("\\| (?:`-[a-zA-Z]`, )?`(--[a-z-]+)( [A-Z=]+)?` \\| after \\|");

  /** A name in the engine's table of options. */
  private static final Pattern NAME = Pattern.compile("\\[OPTION_[A-Z_]+] = \"--([a-z-]+)\"");

  /** A row of the table of options that init reads too. */
  private static final Pattern PASSED = Pattern.compile("(?m)^PASSED_(?:WORD|FLAG)\\(([a-z]+)");

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
    assertThat(EngineOptions.WITH_VALUE)
        .isEqualTo(
            documented()
                .filter(row -> row.group(2) != null)
                .map(row -> row.group(1))
                .collect(Collectors.toSet()));
  }

  @Test
  void shouldFindInTheContractWhatTheEngineTakes() throws IOException {
    String own = Files.readString(Path.of("../engine/machine/options.c"));
    String passed = Files.readString(Path.of("../engine/guest/init/passed.inc"));

    assertThat(documented().map(row -> row.group(1)))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(NAME.matcher(own), PASSED.matcher(passed))
                .flatMap(Matcher::results)
                .map(name -> "--" + name.group(1))
                .toList());
  }

  private static Stream<MatchResult> documented() throws IOException {
    return ROW.matcher(Files.readString(Path.of("../docs/FORMATS.md"))).results();
  }
}
