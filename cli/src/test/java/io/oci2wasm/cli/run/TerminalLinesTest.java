package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class TerminalLinesTest {
  @Test
  void shouldReturnTheCarriageAtEachLinesEnd() throws IOException {
    // Given
    ByteArrayOutputStream terminal = new ByteArrayOutputStream();

    // When
    try (TerminalLines lines = new TerminalLines(terminal)) {
      lines.write("one\ntwo\n".getBytes(UTF_8));
    }

    // Then
    assertThat(terminal.toString(UTF_8)).isEqualTo("one\r\ntwo\r\n");
  }
}
