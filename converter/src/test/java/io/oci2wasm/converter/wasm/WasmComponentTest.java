package io.oci2wasm.converter.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class WasmComponentTest {
  private static final String PREAMBLE = "0061736d0d000100";

  /** A custom section, then core modules of the bytes 01 02 and 03. */
  private static final String SECTIONS = "00020161" + "01020102" + "010103";

  @Test
  void shouldTellComponentsFromModules() {
    assertThat(WasmComponent.isOne(bytes(PREAMBLE))).isTrue();
    assertThat(WasmComponent.isOne(bytes("0061736d01000000"))).isFalse();
    assertThat(WasmComponent.isOne(bytes("0061736d"))).isFalse();
    assertThat(WasmComponent.isOne(bytes(""))).isFalse();
  }

  @Test
  void shouldFindTheFirstCoreModule() throws Exception {
    assertThat(WasmComponent.coreModule(bytes(PREAMBLE + SECTIONS))).isEqualTo(bytes("0102"));
  }

  @Test
  void shouldRejectAComponentWithoutCoreModuleOrCutOff() {
    assertThatThrownBy(() -> WasmComponent.coreModule(bytes(PREAMBLE + "00020161")))
        .isInstanceOf(MalformedModuleException.class)
        .hasMessageContaining("found no core module");
    for (int length = 0; length < PREAMBLE.length() + 16; length += 2) {
      String cut = (PREAMBLE + SECTIONS).substring(0, length);
      if (length != PREAMBLE.length() + 16) {
        assertThatThrownBy(() -> WasmComponent.coreModule(bytes(cut)))
            .isInstanceOf(MalformedModuleException.class);
      }
    }
  }

  private static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
  }
}
