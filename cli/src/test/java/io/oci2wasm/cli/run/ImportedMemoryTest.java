package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;

class ImportedMemoryTest {
  /** (memory (export "memory") 2 5) (data (i32.const 8) "hi") */
  private static final String WITH_MEMORY =
      "0061736d01000000050401010205070a01066d656d6f727902000b08010041080b026869";

  private static final String WITHOUT_MEMORY = "0061736d01000000";

  @Test
  void shouldGiveAProgramTheMemoryInPlaceOfItsOwn() {
    // Given
    WasmModule program = parse(WITH_MEMORY);
    List<Memory> made = new ArrayList<>();

    // When
    Instance instance = instantiate(program, made);

    // Then
    assertThat(made).hasSize(1);
    assertThat(instance.exports().memory("memory")).isSameAs(made.get(0));
    assertThat(instance.memory()).isSameAs(made.get(0));
    assertThat(instance.memory().pages()).isEqualTo(2);
    assertThat(instance.memory().grow(4)).isEqualTo(-1);
    assertThat(instance.memory().grow(3)).isEqualTo(2);
    assertThat(instance.memory().readBytes(7, 4)).containsExactly(0, 'h', 'i', 0);
  }

  @Test
  void shouldLeaveTheProgramAsItWas() {
    // Given
    WasmModule program = parse(WITH_MEMORY);

    // When
    WasmModule importing = ImportedMemory.in(program);

    // Then
    assertThat(program).isEqualTo(parse(WITH_MEMORY));
    assertThat(program.importSection().importCount()).isZero();
    assertThat(importing.importSection().importCount()).isEqualTo(1);
    assertThat(importing.digest()).isEqualTo(program.digest());
  }

  @Test
  void shouldTakeAProgramWithoutMemory() {
    // Given
    List<Memory> made = new ArrayList<>();

    // When
    Instance instance = instantiate(parse(WITHOUT_MEMORY), made);

    // Then
    assertThat(made).isEmpty();
    assertThat(instance.memory()).isNull();
  }

  private static Instance instantiate(WasmModule program, List<Memory> made) {
    return Instance.builder(ImportedMemory.in(program))
        .withImportValues(
            ImportValues.builder()
                .addMemory(
                    ImportedMemory.of(
                        program,
                        limits -> {
                          made.add(new GuestMemory(limits, List.of()));
                          return made.get(0);
                        }))
                .build())
        .build();
  }

  private static WasmModule parse(String hex) {
    return Parser.parse(HexFormat.of().parseHex(hex));
  }
}
