package io.oci2wasm.runtime.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who makes a call: the first try, or the S3 client after it. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class FirstTryTest {
  private static final String OF_THE_CLIENT = "amz-sdk-invocation-id";
  private static final byte[] CONTENT = "content".getBytes(UTF_8);

  @TempDir private Path directory;
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private StandInStore standIn;
  private ObjectStore store;

  /** The status of each answer to what the S3 client does not send. */
  private volatile int statusOfFirst = 200;

  /** The same for what it sends. */
  private volatile int statusOfClient = 200;

  private record Seen(String method, String path, boolean ofClient) {}

  @BeforeEach
  void start() throws IOException {
    standIn = StandInStore.open(this::answer, "/below", 8 << 20, directory);
    store = standIn.store();
  }

  private void answer(HttpExchange exchange) throws IOException {
    boolean ofClient = exchange.getRequestHeaders().containsKey(OF_THE_CLIENT);
    String method = exchange.getRequestMethod();
    seen.add(new Seen(method, exchange.getRequestURI().getRawPath(), ofClient));
    exchange.getRequestBody().readAllBytes();
    int status = ofClient ? statusOfClient : statusOfFirst;
    boolean isRead = method.equals("GET") && status == 200;
    if (method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(CONTENT.length));
      exchange.getResponseHeaders().set("ETag", "\"tag\"");
    }
    exchange.sendResponseHeaders(status, isRead ? CONTENT.length : -1);
    if (isRead) {
      exchange.getResponseBody().write(CONTENT);
    }
    exchange.close();
  }

  @AfterEach
  void stop() {
    standIn.close();
  }

  private long ofClient() {
    return seen.stream().filter(Seen::ofClient).count();
  }

  @Test
  void shouldMakeSmallCallsItself() throws Exception {
    assertThat(store.head("key")).contains(new ObjectInfo("key", CONTENT.length));
    assertThat(store.version("key")).contains("\"tag\"");
    assertThat(store.bytes("key", 100)).contains(CONTENT);
    store.put("key", CONTENT);
    assertThat(store.create("key", CONTENT)).isTrue();

    assertThat(seen).extracting(Seen::method).containsExactly("HEAD", "HEAD", "GET", "PUT", "PUT");
    assertThat(seen).noneMatch(Seen::ofClient);
  }

  @Test
  void shouldBelieveThatThereIsNoObject() throws Exception {
    statusOfFirst = 404;

    assertThat(store.head("key")).isEmpty();
    assertThat(store.get("key")).isEmpty();

    assertThat(seen).hasSize(2).noneMatch(Seen::ofClient);
  }

  @Test
  void shouldBelieveThatAnObjectWasThere() throws Exception {
    statusOfFirst = 412;

    assertThat(store.create("key", CONTENT)).isFalse();

    assertThat(seen).hasSize(1).noneMatch(Seen::ofClient);
  }

  @Test
  void shouldLeaveWhatFailsToTheClient() throws Exception {
    statusOfFirst = 503;

    assertThat(store.head("key")).isPresent();
    assertThat(store.bytes("key", 100)).contains(CONTENT);
    store.put("key", CONTENT);

    // Each anew: what is busy now is not so for a minute.
    assertThat(seen)
        .extracting(Seen::ofClient)
        .containsExactly(false, true, false, true, false, true);
  }

  @Test
  void shouldLeaveItsWordsToTheClient() {
    statusOfFirst = 403;
    statusOfClient = 403;

    StoreUnavailableException e =
        catchThrowableOfType(StoreUnavailableException.class, () -> store.head("key"));

    assertThat(e.isRefused()).isTrue();
    assertThat(e).hasMessageContaining("looking for key").hasMessageContaining("Status Code: 403");
  }

  @Test
  void shouldRestWhereOnlyTheClientIsUnderstood() throws Exception {
    statusOfFirst = 403;

    assertThat(store.head("key")).isPresent();
    assertThat(store.head("key")).isPresent();
    assertThat(store.bytes("key", 100)).contains(CONTENT);

    assertThat(seen).extracting(Seen::ofClient).containsExactly(false, true, true, true);
  }

  @Test
  void shouldNameObjectsAsTheClientDoes() throws Exception {
    statusOfFirst = 503;
    String key = "served/r.example:5000/team!app~1/a b+c*=é,@&?#%/sha256";

    assertThat(store.head(key)).isPresent();

    assertThat(seen).hasSize(2);
    assertThat(seen.get(0).path())
        .isEqualTo(seen.get(1).path())
        .startsWith("/below/bucket/served/r.example%3A5000/team%21app~1/a%20b%2B");
  }

  @Test
  void shouldLeaveLargeContentToTheClient() throws Exception {
    store.put("key", new byte[1 << 20]);
    assertThat(ofClient()).isZero();

    store.put("key", new byte[(1 << 20) + 1]);

    assertThat(ofClient()).isEqualTo(1);
  }

  @Test
  void shouldSendNothingForAThreadThatIsInterrupted() {
    Thread.currentThread().interrupt();
    try {
      StoreUnavailableException e =
          catchThrowableOfType(StoreUnavailableException.class, () -> store.put("key", CONTENT));

      assertThat(e).isNotNull();
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      boolean unused = Thread.interrupted();
    }
    assertThat(seen).noneMatch(Predicate.not(Seen::ofClient));
  }
}
