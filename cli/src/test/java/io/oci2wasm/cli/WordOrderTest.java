package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordOrderTest {
  @ParameterizedTest
  @CsvSource({
    // docker's options after the module
    "app.wasm -it sh, -it app.wasm sh",
    "app.wasm -v a:/a:ro --publish 80:80 sh, -v a:/a:ro --publish 80:80 app.wasm sh",
    "app.wasm -p80:80 -P --network=bridge sh -c x, -p80:80 -P --network=bridge app.wasm sh -c x",
    "app.wasm -ite A=1 sh, -ite A=1 app.wasm sh",
    "app.wasm --dir a:/a -- sh, --dir a:/a app.wasm -- sh",
    "-m 64m app.wasm -u root sh, -m 64m -u root app.wasm sh",
    // what the engine reads stays, with its value
    "app.wasm --tty --memory 64m -v a:/a sh, -v a:/a app.wasm --tty --memory 64m sh",
    "app.wasm --entrypoint -v --env A=1 sh, app.wasm --entrypoint -v --env A=1 sh",
    // the network's names are its peer's to pin
    "app.wasm --entrypoint -v --add-host a:1.2.3.4 sh, --add-host a:1.2.3.4 app.wasm --entrypoint -v sh",
    "app.wasm --dns-search=lan sh, --dns-search=lan app.wasm sh",
    "app.wasm --help sh, app.wasm --help sh",
    "app.wasm --kernel-log -x sh, app.wasm --kernel-log -x sh",
    // the command is the container's
    "app.wasm sh -p 80:80 -v x, app.wasm sh -p 80:80 -v x",
    "app.wasm -- -p 80:80, app.wasm -- -p 80:80",
    "-v a:/a app.wasm - -t, -v a:/a app.wasm - -t",
    "-- app.wasm -t, -- app.wasm -t",
    "app.wasm -v, -v app.wasm",
  })
  void shouldPutOptionsOfTheCommandBeforeTheModule(String typed, String expected) {
    assertThat(ordered(typed)).containsExactly(expected.split(" "));
  }

  @Test
  void shouldLeaveOtherCommandsAlone() {
    String[] words = {"convert", "image", "-o", "x"};

    assertThat(Oci2wasm.ordered(Oci2wasm.commandLine(), words)).containsExactly(words);
  }

  private static List<String> ordered(String typed) {
    String[] words =
        Stream.concat(Stream.of("run"), Stream.of(typed.split(" "))).toArray(String[]::new);
    List<String> all = List.of(Oci2wasm.ordered(Oci2wasm.commandLineFor(words), words));
    assertThat(all).startsWith("run");
    return all.subList(1, all.size());
  }
}
