package io.oci2wasm.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BytePipeTest {
  @Test
  void shouldCarryMoreThanItHolds() throws Exception {
    // Given
    BytePipe pipe = new BytePipe();
    byte[] bytes = new byte[1_000_003];
    new Random(7).nextBytes(bytes);

    // When
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              try (OutputStream out = pipe.output()) {
                out.write(bytes, 0, 10);
                out.write(bytes, 10, bytes.length - 10);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });

    // Then
    assertThat(pipe.input().readAllBytes()).isEqualTo(bytes);
    writer.join();
  }

  @Test
  void shouldFailToWriteWhenNobodyReads() throws Exception {
    // Given
    BytePipe pipe = new BytePipe();

    // When
    pipe.input().close();

    // Then
    assertThatThrownBy(() -> pipe.output().write(new byte[1])).isInstanceOf(IOException.class);
  }
}
