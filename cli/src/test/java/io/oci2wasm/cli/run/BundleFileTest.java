package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleFileTest {
  private static final String HEADER = "0061736d01000000";

  /** DataCount 3; an active segment "ab" at 8, and passive ones "xyz" and empty. */
  private static final String DATA_COUNT = "0c0103";

  private static final String DATA = "0b0f" + "03" + "0041080b026162" + "010378797a" + "0100";

  /** The same without what is passive. */
  private static final String DATA_WITHOUT_PASSIVE = "0b0c03" + "0041080b026162" + "0100" + "0100";

  /** Custom section {@code oci2wasm.bundle} with the content "{}". */
  private static final String DESCRIPTION =
      "0012" + "0f" + "6f6369327761736d2e62756e646c65" + "7b7d";

  @TempDir Path folder;

  @Test
  void shouldLeavePassiveSegmentsInTheFile() throws Exception {
    // Given
    Path file = write(HEADER + DATA_COUNT + DATA + DESCRIPTION);

    // When
    BundleFile bundle = BundleFile.open(file);

    // Then
    assertThat(HexFormat.of().formatHex(bundle.program()))
        .isEqualTo(HEADER + DATA_COUNT + DATA_WITHOUT_PASSIVE);
    assertThat(bundle.segments())
        .containsExactly(
            ByteBuffer.allocate(0),
            ByteBuffer.wrap(new byte[] {'x', 'y', 'z'}),
            ByteBuffer.allocate(0));
    assertThat(bundle.description()).asString().isEqualTo("{}");
  }

  @Test
  void shouldReadTheModuleInAComponent() throws Exception {
    // Given
    String module = HEADER + DATA_COUNT + DATA + DESCRIPTION;
    String size = HexFormat.of().toHexDigits((byte) (module.length() / 2));

    // When
    BundleFile bundle = BundleFile.open(write("0061736d0d000100" + "01" + size + module));

    // Then
    assertThat(bundle.isComponent()).isTrue();
    assertThat(bundle.description()).asString().isEqualTo("{}");
    assertThat(bundle.segments()).hasSize(3);
    assertThat(BundleFile.open(write(module)).isComponent()).isFalse();
  }

  @Test
  void shouldTellWhatTheImageExposes() throws Exception {
    // Given: 17 empty passive segments, then the launch description
    String launch = "cmd=expose=1\0expose=443/tcp\0expose=53/udp\0";
    HexFormat hex = HexFormat.of();
    String segments = "12" + "0100".repeat(17) + "01" + hex.toHexDigits((byte) launch.length());
    String body = segments + hex.formatHex(launch.getBytes(UTF_8));
    String section = "0b" + hex.toHexDigits((byte) (body.length() / 2)) + body;

    // When
    BundleFile bundle = BundleFile.open(write(HEADER + "0c0112" + section));

    // Then
    assertThat(bundle.exposedPorts()).containsExactly("443/tcp", "53/udp");
    assertThat(BundleFile.open(write(HEADER)).exposedPorts()).isEmpty();
  }

  @Test
  void shouldSayThatAModuleIsNoBundle() throws Exception {
    // Given
    BundleFile bundle = BundleFile.open(write(HEADER));

    // When
    RejectedException e = catchThrowableOfType(RejectedException.class, bundle::description);

    // Then
    assertThat(e.reason()).isEqualTo(Reason.NOT_AN_IMAGE);
    assertThat(e).hasMessageContaining("without section oci2wasm.bundle");
  }

  @Test
  void shouldRefuseAModuleCutOffAnywhere() throws Exception {
    // Given
    byte[] whole = HexFormat.of().parseHex(HEADER + DATA_COUNT + DATA + DESCRIPTION);
    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.wasm"), Arrays.copyOf(whole, length));

      // When
      Throwable thrown = catchThrowable(() -> BundleFile.open(file));

      // Then: only whole sections make a module
      if (length == 8 || length == 11 || length == 28) {
        assertThat(thrown).as("cut to %d bytes", length).isNull();
      } else {
        assertThat(thrown)
            .as("cut to %d bytes", length)
            .isInstanceOf(RejectedException.class)
            .hasMessageContaining("expected a WebAssembly module");
      }
    }
  }

  @Test
  void shouldSurviveAnyChangedByte() throws Exception {
    // Given
    byte[] whole = HexFormat.of().parseHex(HEADER + DATA_COUNT + DATA + DESCRIPTION);
    for (int at = 0; at < whole.length; at++) {
      for (int value : new int[] {0, 0x7f, 0x80, 0xff}) {
        byte[] changed = whole.clone();
        changed[at] = (byte) value;
        Path file = Files.write(folder.resolve("changed.wasm"), changed);

        // When
        Throwable thrown = catchThrowable(() -> BundleFile.open(file));

        // Then
        if (thrown != null) {
          assertThat(thrown).isInstanceOf(RejectedException.class);
        }
      }
    }
  }

  private Path write(String hex) throws IOException {
    return Files.write(folder.resolve("module.wasm"), HexFormat.of().parseHex(hex));
  }
}
