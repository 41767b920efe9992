package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What is described to picocli: all commands, or only the one that was called. */
class Oci2wasmTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--version",
        "--help",
        "help list",
        "help",
        "list --help",
        "list --verbos",
        "lst",
        "-v list --help",
        "run --help",
        "convert --platform",
        "run -v",
        "list --log-format=x",
      })
  void shouldSayTheSameHoweverMuchIsDescribed(String words) {
    String[] typed = words.split(" ");

    assertThat(said(Oci2wasm.commandLineFor(typed), typed))
        .isEqualTo(said(Oci2wasm.commandLine(), typed))
        .isNotEmpty();
  }

  @Test
  void shouldDescribeOnlyTheCommandThatWasCalled() {
    assertThat(Oci2wasm.commandLineFor("list", "--state", "built").getSubcommands())
        .containsOnlyKeys("list");
    assertThat(Oci2wasm.commandLineFor("--version").getSubcommands()).isEmpty();
    assertThat(Oci2wasm.commandLineFor().getSubcommands()).hasSizeGreaterThan(15);
  }

  /** docker's short form of a folder, in `run` alone. */
  @Test
  void shouldGiveVerbosityAndFoldersTheirShortForms() {
    CommandLine all = Oci2wasm.commandLine();

    assertThat(all.getSubcommands().get("run").getCommandSpec().findOption("-v").longestName())
        .isEqualTo("--volume");
    assertThat(all.getSubcommands().get("list").getCommandSpec().findOption("-v").longestName())
        .isEqualTo("--verbose");
  }

  private static String said(CommandLine command, String... words) {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text, true);
    command.setOut(writer).setErr(writer);
    int code = command.execute(words);
    return code + "\n" + text;
  }
}
