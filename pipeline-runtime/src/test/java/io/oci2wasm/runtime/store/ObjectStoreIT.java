package io.oci2wasm.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.testsupport.AtOnce;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The object store's client against a real server. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class ObjectStoreIT {
  static final int PART = 5 << 20;
  private static final byte[] LARGE = new byte[2 * PART + 12345];

  @TempDir private static Path directory;
  private static EmbeddedStore server;
  private static StoreConfig config;
  private static ObjectStore store;

  @BeforeAll
  static void start() throws Exception {
    new Random(1).nextBytes(LARGE);
    server = EmbeddedStore.start(directory.resolve("s3"));
    config = inSmallParts(server);
    store = ObjectStore.open(config);
    store.ensureBucket();
    store.ensureBucket();
  }

  /** How to reach {@code server}, with parts of the least size that S3 allows. */
  static StoreConfig inSmallParts(EmbeddedStore server) {
    StoreConfig at =
        StoreConfig.DEFAULT.at(
            server.endpoint(), server.accessKeyIdFile(), server.secretAccessKeyFile());
    return new StoreConfig(
        at.endpoint(),
        at.region(),
        at.bucket(),
        at.pathStyle(),
        at.accessKeyIdFile(),
        at.secretAccessKeyFile(),
        new ByteSize(PART),
        at.connectTimeout(),
        at.attemptTimeout(),
        at.callTimeout());
  }

  @AfterAll
  static void stop() throws IOException {
    store.close();
    server.close();
  }

  @Test
  void shouldWriteAndReadInParts() throws Exception {
    for (int size : new int[] {0, 1, PART - 1, PART, PART + 1, 2 * PART, LARGE.length}) {
      byte[] content = Arrays.copyOf(LARGE, size);
      String key = "parts/" + size;

      long written = store.put(key, new ByteArrayInputStream(content), size, () -> {});

      assertThat(written).isEqualTo(size);
      assertThat(store.head(key)).contains(new ObjectInfo(key, size));
      try (InputStream in = store.get(key).orElseThrow()) {
        assertThat(Sha256Digest.of(in.readAllBytes())).isEqualTo(Sha256Digest.of(content));
      }
    }
  }

  @Test
  void shouldMakeNothingVisibleThatIsRejectedAtTheEnd() throws Exception {
    for (int size : new int[] {10, LARGE.length}) {
      String key = "rejected/" + size;
      InputStream content = new ByteArrayInputStream(LARGE, 0, size);

      assertThatThrownBy(
              () ->
                  store.put(
                      key,
                      content,
                      size,
                      () -> {
                        throw new RejectedException(Reason.DIGEST_MISMATCH, "made up");
                      }))
          .isInstanceOf(RejectedException.class);
      assertThat(store.head(key)).isEmpty();
    }
    assertThat(store.list("rejected/")).isEmpty();
  }

  @Test
  void shouldMakeNothingVisibleWhenTheSourceBreaks() throws Exception {
    InputStream breaking =
        new FilterInputStream(new ByteArrayInputStream(LARGE)) {
          private int left = PART + 100;

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
              throw new IOException("made up");
            }
            int read = super.read(buffer, offset, Math.min(left, length));
            left -= read;
            return read;
          }
        };

    assertThatThrownBy(() -> store.put("broken", breaking, LARGE.length, () -> {}))
        .isInstanceOf(IOException.class)
        .hasMessage("made up");
    assertThat(store.head("broken")).isEmpty();
  }

  /** Of many at once exactly one creates it. */
  @Test
  void shouldCreateAnObjectOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      String key = "created/" + round;
      List<Callable<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        byte[] content = {(byte) i};
        all.add(() -> store.create(key, content));
      }

      List<Boolean> created = AtOnce.call(all);

      assertThat(created).containsOnlyOnce(true);
      byte[] winner = {(byte) created.indexOf(true)};
      assertThat(store.bytes(key, 1)).contains(winner);
      assertThat(store.create(key, new byte[5])).isFalse();
      assertThat(store.bytes(key, 1)).contains(winner);
    }
  }

  @Test
  void shouldWriteInAnyCaseWhereTheStoreKnowsNoCondition() throws Exception {
    HttpServer plain =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    List<String> conditions = new ArrayList<>();
    plain.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          String condition = exchange.getRequestHeaders().getFirst("If-None-Match");
          conditions.add(condition == null ? "none" : condition);
          exchange.sendResponseHeaders(condition == null ? 200 : 501, -1);
          exchange.close();
        });
    plain.start();
    URI endpoint = URI.create("http://127.0.0.1:" + plain.getAddress().getPort());
    try (ObjectStore unconditional =
        ObjectStore.open(
            config.at(endpoint, server.accessKeyIdFile(), server.secretAccessKeyFile()))) {
      assertThat(unconditional.create("one", new byte[1])).isTrue();
      assertThat(unconditional.create("two", new byte[1])).isTrue();
    } finally {
      plain.stop(0);
    }
    // A first try, the S3 client's, and no more of them.
    assertThat(conditions).containsExactly("*", "*", "none", "none");
  }

  @Test
  void shouldReadFromTheMiddle() throws Exception {
    store.put("middle", Arrays.copyOf(LARGE, 1000));

    try (InputStream in = store.get("middle", 990).orElseThrow()) {
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(LARGE, 990, 1000));
    }
  }

  @Test
  void shouldSayThatAnObjectIsAbsent() throws Exception {
    assertThat(store.head("absent")).isEmpty();
    assertThat(store.get("absent")).isEmpty();
    assertThat(store.get("absent", 5)).isEmpty();
    assertThat(store.bytes("absent", 10)).isEmpty();
  }

  @Test
  void shouldBoundWhatItReadsIntoMemory() throws Exception {
    store.put("bounded", new byte[11]);

    assertThat(store.bytes("bounded", 11)).isPresent();
    assertThatThrownBy(() -> store.bytes("bounded", 10))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("over 10 bytes");
  }

  @Test
  void shouldFindAndGiveUpUploadsThatWereLeft() throws Exception {
    ObjectInventory inventory = store.inventory();
    List<StartedUpload> seen = new ArrayList<>();
    InputStream leaving =
        new FilterInputStream(new ByteArrayInputStream(LARGE)) {
          private int left = PART + 100;

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0 && seen.isEmpty()) {
              inventory.visitUploads(seen::add);
              for (StartedUpload upload : seen) {
                inventory.abort(upload);
              }
            }
            int read = super.read(buffer, offset, left == 0 ? length : Math.min(left, length));
            left -= left == 0 ? 0 : read;
            return read;
          }
        };

    assertThatThrownBy(() -> store.put("left", leaving, LARGE.length, () -> {}))
        .isInstanceOf(StoreUnavailableException.class);

    assertThat(seen).extracting(StartedUpload::key).containsExactly("left");
    assertThat(seen.get(0).started()).isBetween(Instant.now().minusSeconds(60), Instant.now());
    List<StartedUpload> after = new ArrayList<>();
    inventory.visitUploads(after::add);
    assertThat(after).isEmpty();
    inventory.abort(seen.get(0));
  }

  @Test
  void shouldRemoveAndTellTheAgeOfWhatIsThere() throws Exception {
    ObjectInventory inventory = store.inventory();
    store.put("age/one", new byte[3]);

    StoredObject found = inventory.find("age/one").orElseThrow();

    assertThat(found.size()).isEqualTo(3);
    assertThat(found.modified()).isBetween(Instant.now().minusSeconds(60), Instant.now());
    inventory.delete("age/one");
    inventory.delete("age/one");
    assertThat(inventory.find("age/one")).isEmpty();
  }

  @Test
  void shouldListInTheOrderOfKeys() throws Exception {
    store.put("list/b", new byte[2]);
    store.put("list/a/c", new byte[1]);
    store.put("listed", new byte[3]);

    assertThat(store.list("list/"))
        .containsExactly(new ObjectInfo("list/a/c", 1), new ObjectInfo("list/b", 2));
  }

  @Test
  void shouldBeUnavailableWithOtherCredentials() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), "wrong");
    StoreConfig wrong = config.at(server.endpoint(), server.accessKeyIdFile(), other);

    try (ObjectStore refused = ObjectStore.open(wrong)) {
      assertThatThrownBy(() -> refused.head("x"))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("looking for x");
    }
  }
}
