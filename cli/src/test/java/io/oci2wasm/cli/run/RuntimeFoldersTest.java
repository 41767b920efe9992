package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuntimeFoldersTest {
  private static final List<MappedFolder> FOLDERS =
      List.of(new MappedFolder(Path.of("/some/folder"), "/.oci2wasm", true));

  @Test
  void shouldTellWasmtimeWhereTheDataFileIs() {
    assertThat(RuntimeFolders.map(FOLDERS, List.of("/usr/bin/wasmtime", "run")))
        .containsExactly("/usr/bin/wasmtime", "run", "--dir=/some/folder::/.oci2wasm");
  }

  @Test
  void shouldLeaveItToWhoHasToldItAlready() {
    // Given
    List<String> command = List.of("wasmtime", "run", "--dir", "elsewhere::/.oci2wasm");

    // When, Then
    assertThat(RuntimeFolders.map(FOLDERS, command)).isEqualTo(command);
  }

  @Test
  void shouldTellNothingToOthersNorWhereThereIsNothingToTell() {
    // Given
    List<String> node = List.of("node", "--no-warnings", "docs/run.mjs");
    List<String> wasmtime = List.of("wasmtime", "run");

    // When, Then
    assertThat(RuntimeFolders.map(FOLDERS, node)).isEqualTo(node);
    assertThat(RuntimeFolders.map(List.of(), wasmtime)).isEqualTo(wasmtime);
  }
}
