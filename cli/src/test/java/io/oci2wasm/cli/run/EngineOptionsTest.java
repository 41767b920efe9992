package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "--tty, true",
    "--tty sh, true",
    "--env A=B --tty -- sh, true",
    "--user=0 --stats --tty, true",
    "sh --tty, false",
    "-- --tty, false",
    "--entrypoint --tty sh, false",
    "'', false"
  })
  void shouldFindTheOptionAmongTheEnginesOnly(String words, boolean expected) {
    assertThat(EngineOptions.wantTerminal(List.of(words.split(" ")))).isEqualTo(expected);
  }
}
