package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Modules with vectors are checked, though they cannot run here. */
class ModuleRunnerTest {
  private static final String V128 = "7b";
  private static final String I32 = "7f";

  @TempDir private Path folder;

  /** With a function whose type has one result, and whose code is {@code v128.const 0}. */
  private BundleFile vector(String resultType) throws Exception {
    String module =
        "0061736d01000000"
            + ("0105016000" + "01" + resultType)
            + "03020100"
            + ("0a16011400" + "fd0c" + "00".repeat(16) + "0b");
    return BundleFile.open(
        Files.write(folder.resolve("module.wasm"), HexFormat.of().parseHex(module)));
  }

  @Test
  void shouldTakeAValidModuleWithVectors() throws Exception {
    // Given
    BundleFile module = vector(V128);

    // When, Then
    assertThatCode(() -> ModuleRunner.check(module)).doesNotThrowAnyException();
  }

  @Test
  void shouldRefuseAModuleWhoseVectorsHaveNoPlace() throws Exception {
    // Given
    BundleFile module = vector(I32);

    // When, Then
    assertThatThrownBy(() -> ModuleRunner.check(module))
        .isInstanceOf(RejectedException.class)
        .hasMessageStartingWith("found a module of which the validator says: type mismatch")
        .hasMessageContaining("v128")
        .extracting(e -> ((RejectedException) e).reason())
        .isEqualTo(Reason.INTERNAL);
  }
}
