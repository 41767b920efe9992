package io.oci2wasm.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects whose store ends the connection in the middle of them. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class BrokenConnectionTest {
  private static final byte[] OBJECT = new byte[300_000];

  static {
    new Random(4).nextBytes(OBJECT);
  }

  @TempDir private Path directory;
  private final List<String> ranges = new CopyOnWriteArrayList<>();
  private StandInStore standIn;
  private ObjectStore store;

  /** How many bytes come over one connection before it breaks. */
  private volatile int lasting;

  private volatile String eTag = "\"one\"";
  private volatile boolean knowsRanges = true;

  @BeforeEach
  void start() throws IOException {
    standIn = StandInStore.open(this::answer, "", 8 << 20, directory);
    store = standIn.store();
  }

  @AfterEach
  void stop() {
    standIn.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = knowsRanges ? exchange.getRequestHeaders().getFirst("Range") : null;
    ranges.add(String.valueOf(range));
    String wanted = exchange.getRequestHeaders().getFirst("If-Match");
    int first = 0;
    int end = OBJECT.length;
    if (range != null) {
      String[] bounds = range.substring("bytes=".length()).split("-", 2);
      first = Integer.parseInt(bounds[0]);
      end = bounds[1].isEmpty() ? end : Integer.parseInt(bounds[1]) + 1;
    }
    try (exchange) {
      if (wanted != null && !wanted.equals(eTag)) {
        exchange.sendResponseHeaders(412, -1);
        return;
      }
      exchange.getResponseHeaders().set("ETag", eTag);
      exchange.sendResponseHeaders(range == null ? 200 : 206, end - first);
      exchange.getResponseBody().write(OBJECT, first, Math.min(lasting, end - first));
      exchange.getResponseBody().flush();
    }
  }

  private static byte[] part(int first, int end) {
    return Arrays.copyOfRange(OBJECT, first, end);
  }

  @Test
  void shouldReadOnOverAnotherConnection() throws Exception {
    lasting = 100_000;

    try (InputStream in = store.get("key").orElseThrow()) {
      assertThat(in.readAllBytes()).isEqualTo(OBJECT);
    }

    assertThat(ranges).containsExactly("null", "bytes=100000-", "bytes=200000-");
  }

  @Test
  void shouldReadOnInThePartThatIsWanted() throws Exception {
    lasting = 100_000;

    try (InputStream in = store.get("key", 50_000, 120_000).orElseThrow()) {
      assertThat(in.readAllBytes()).isEqualTo(part(50_000, 170_000));
    }

    assertThat(ranges).containsExactly("bytes=50000-169999", "bytes=150000-169999");
  }

  @Test
  void shouldGiveUpWhereHardlyAnythingMoreComes() throws Exception {
    lasting = 1000;

    try (InputStream in = store.get("key", 0, 3000).orElseThrow()) {
      assertThat(in.readNBytes(2000)).isEqualTo(part(0, 2000));
      assertThatThrownBy(in::read)
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageStartingWith("object store, reading key: ");
    }

    assertThat(ranges).containsExactly("bytes=0-2999", "bytes=1000-2999");
  }

  /** Two versions of an object must not be joined. */
  @Test
  void shouldNotReadOnInAnotherObject() throws Exception {
    lasting = 1000;

    try (InputStream in = store.get("key", 0, 2000).orElseThrow()) {
      assertThat(in.readNBytes(1000)).isEqualTo(part(0, 1000));
      eTag = "\"two\"";
      assertThatThrownBy(in::read).isInstanceOf(StoreUnavailableException.class);
    }
  }

  /** What such a server sends again from the first byte on must not follow what there is. */
  @Test
  void shouldNotReadOnWhereTheServerKnowsNoRanges() throws Exception {
    lasting = 1000;
    knowsRanges = false;

    try (InputStream in = store.get("key").orElseThrow()) {
      assertThat(in.readNBytes(1000)).isEqualTo(part(0, 1000));
      assertThatThrownBy(in::read)
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("found the whole object, expected the range bytes=1000-");
    }
  }

  @Test
  void shouldAskForNothingOnceItIsClosed() throws Exception {
    lasting = 1000;
    InputStream in = store.get("key", 0, 2000).orElseThrow();
    assertThat(in.readNBytes(500)).isEqualTo(part(0, 500));

    in.close();

    assertThatThrownBy(() -> in.readNBytes(1000)).isInstanceOf(IOException.class);
    assertThat(ranges).containsExactly("bytes=0-1999");
  }
}
