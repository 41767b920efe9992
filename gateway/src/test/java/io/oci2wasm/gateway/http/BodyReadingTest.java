package io.oci2wasm.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.gateway.BodiesConfig;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class BodyReadingTest {
  private static BodyReading reading(String body, long announced) throws Exception {
    BodyReading reading =
        new BodyReading(
            "/webhooks/test",
            new There(body),
            announced,
            BodiesConfig.DEFAULT,
            1000,
            new Memory(100_000));
    reading.onDataAvailable();
    reading.onAllDataRead();
    return reading;
  }

  @Test
  void shouldGiveABodyOfTheSizeThatWasAnnounced() throws Exception {
    assertThat(reading("{}", 2).whole().get()).asString(StandardCharsets.UTF_8).isEqualTo("{}");
    assertThat(reading("", 0).whole().get()).isEmpty();
  }

  @Test
  void shouldGiveABodyWhoseSizeNobodyAnnounced() throws Exception {
    assertThat(reading("{}", -1).whole().get()).hasSize(2);
  }

  @Test
  void shouldRefuseABodyThatEndsBeforeItsSize() throws Exception {
    for (String part : new String[] {"", "{\"events\":"}) {
      BodyReading cut = reading(part, 500);

      assertThatThrownBy(() -> cut.whole().get())
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              ProblemException.class,
              problem -> assertThat(problem.problem().status()).isEqualTo(400))
          .hasMessageContaining("ends too early");
    }
  }

  /** All of it is there at once. */
  private static final class There extends ServletInputStream {
    private final ByteArrayInputStream bytes;

    private There(String body) {
      this.bytes = new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean isFinished() {
      return bytes.available() == 0;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new AssertionError("the test calls the listener itself");
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      return bytes.read(to, offset, length);
    }
  }
}
