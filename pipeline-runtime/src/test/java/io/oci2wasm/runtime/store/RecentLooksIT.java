package io.oci2wasm.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts as there, against a real server. */
@SuppressWarnings("NullAway.Init") // JUnit and start() set the fields
class RecentLooksIT {
  private static final ObjectInfo ONE = new ObjectInfo("one", 1);
  private static final ObjectInfo TWO = new ObjectInfo("two", 2);

  @TempDir private static Path directory;
  private static EmbeddedStore server;
  private static ObjectStore store;

  private final AtomicLong time = new AtomicLong();
  private final RecentLooks looks = new RecentLooks(store, time::get);

  @BeforeAll
  static void start() throws Exception {
    server = EmbeddedStore.start(directory.resolve("s3"));
    store = ObjectStore.open(ObjectStoreIT.inSmallParts(server));
    store.ensureBucket();
  }

  @AfterAll
  static void stop() throws IOException {
    store.close();
    server.close();
  }

  private List<Optional<ObjectInfo>> heads() throws IOException {
    return looks.heads(List.of("one", "none", "two"));
  }

  private static void put(ObjectInfo object) throws IOException {
    store.put(object.key(), new byte[(int) object.size()]);
  }

  private static List<Optional<ObjectInfo>> found(Optional<ObjectInfo> one) {
    return List.of(one, Optional.empty(), Optional.of(TWO));
  }

  @Test
  void shouldTakeWhatWasThereAMomentAgoAsThereAndLookAgainLater() throws Exception {
    put(ONE);
    put(TWO);
    assertThat(heads()).isEqualTo(found(Optional.of(ONE)));

    store.inventory().delete("one");
    time.addAndGet(TimeUnit.MILLISECONDS.toNanos(1999));
    assertThat(heads()).isEqualTo(found(Optional.of(ONE)));

    time.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    assertThat(heads()).isEqualTo(found(Optional.empty()));
  }

  @Test
  void shouldLookAnewForWhatWasMissing() throws Exception {
    store.inventory().delete("one");
    put(TWO);
    assertThat(heads()).isEqualTo(found(Optional.empty()));

    put(ONE);

    assertThat(heads()).isEqualTo(found(Optional.of(ONE)));
  }

  @Test
  void shouldTakeWhatOthersFoundAndForgetItWhenTold() throws Exception {
    store.inventory().delete("one");
    put(TWO);

    looks.found(ONE);
    assertThat(looks.remembers("one")).isTrue();
    assertThat(heads()).isEqualTo(found(Optional.of(ONE)));

    looks.forget();
    assertThat(looks.remembers("one")).isFalse();
    assertThat(heads()).isEqualTo(found(Optional.empty()));
  }
}
