package io.oci2wasm.converter.rootfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Sha256Digest;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackgroundDigestTest {
  private static final String NAME = "test-background-digest";
  private static final int BUFFER = 256 << 10;

  private static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static boolean hasThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(NAME));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 9 * BUFFER, 9 * BUFFER + 77})
  void shouldDigestWhateverPiecesComeIn(int size) throws Exception {
    byte[] bytes = noise(size);
    for (int piece : new int[] {1_000, BUFFER, 3 * BUFFER + 5}) {
      try (BackgroundDigest digest = new BackgroundDigest(NAME)) {
        for (int at = 0; at < size; at += piece) {
          byte[] reused = Arrays.copyOfRange(bytes, at, Math.min(size, at + piece));
          digest.update(reused, 0, reused.length);
          Arrays.fill(reused, (byte) 0);
        }

        assertThat(digest.digest()).isEqualTo(Sha256Digest.of(bytes));
      }
      assertThat(hasThread()).isFalse();
    }
  }

  @Test
  void shouldEndItsThreadWhenNobodyAsks() throws Exception {
    try (BackgroundDigest digest = new BackgroundDigest(NAME)) {
      digest.update(noise(3 * BUFFER), 0, 3 * BUFFER);
    }

    assertThat(hasThread()).isFalse();
  }

  @Test
  void shouldEndWhenInterrupted() {
    byte[] bytes = noise(3 * BUFFER);
    try (BackgroundDigest digest = new BackgroundDigest(NAME)) {
      Thread.currentThread().interrupt();

      assertThatThrownBy(() -> digest.update(bytes, 0, bytes.length))
          .isInstanceOf(InterruptedIOException.class);
    }

    assertThat(Thread.interrupted()).isTrue();
    assertThat(hasThread()).isFalse();
  }
}
