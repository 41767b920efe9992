package io.oci2wasm.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ReplayCommandTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                            | neither ids nor a filter",
        "--all 00000000000000000000000000000000        | ids and a filter",
        "abc                                           | found \"abc\", expected a dead letter's id",
        "--all --gateway localhost:8080                | expected http://HOST:PORT",
        "--all --api-token-file /nowhere               | /nowhere",
      })
  void shouldRefuseAWrongCommandLineBeforeItCalls(String line, String problem) {
    StringWriter err = new StringWriter();
    CommandLine command = new CommandLine(new ReplayCommand()).setErr(new PrintWriter(err, true));

    int code = command.execute(line.isEmpty() ? new String[0] : line.split(" +"));

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).contains(problem);
  }
}
