package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
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
  void shouldPrintTheVersionAsTheCommandDoes() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    assertThat(Version.print(new PrintStream(printed, true, StandardCharsets.UTF_8))).isTrue();

    assertThat("0\n" + printed.toString(StandardCharsets.UTF_8))
        .isEqualTo(said(Oci2wasm.commandLine(), "--version"));
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

    assertThat(shortV(all, "run")).isEqualTo("--volume");
    assertThat(shortV(all, "list")).isEqualTo("--verbose");
  }

  /** Generators of man pages and completion know the class alone. */
  @Test
  void shouldGiveThemToWhoDescribesTheClass() {
    CommandLine all = new CommandLine(Oci2wasm.class);

    assertThat(shortV(all, "run")).isEqualTo("--volume");
    assertThat(shortV(all, "list")).isEqualTo("--verbose");
  }

  private static String shortV(CommandLine all, String command) {
    CommandLine found = Objects.requireNonNull(all.getSubcommands().get(command));
    return found.getCommandSpec().findOption("-v").longestName();
  }

  private static String said(CommandLine command, String... words) {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text, true);
    command.setOut(writer).setErr(writer);
    int code = command.execute(words);
    return code + "\n" + text;
  }
}
