package io.oci2wasm.runtime.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.embedded.EmbeddedStore;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;

/** First tries against a server that checks signatures, with no S3 client behind them. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class FirstTryIT {
  private static final byte[] CONTENT = "content".getBytes(UTF_8);
  private static final FirstTry.Range WHOLE = new FirstTry.Range(0, FirstTry.Range.TO_THE_END);

  /** Of every kind that there is (docs/FORMATS.md, "Objects"), and some that need escapes. */
  private static final List<String> KEYS =
      List.of(
          "bundles/0123/bundle.json",
          "layers/0123/1-zstd1.5.7-6-1-128k/index",
          "served/r.example:5000/team!app_1~x/sha256/0123",
          "any/a b+c*=é,@&?#%25%/(z)'");

  @TempDir private Path directory;
  private EmbeddedStore server;
  private StoreClient client;
  private final AtomicReference<AwsCredentials> credentials = new AtomicReference<>();

  @BeforeEach
  void start() throws Exception {
    server = EmbeddedStore.start(directory.resolve("s3"));
    credentials.set(
        AwsBasicCredentials.create(
            SecretFile.read(server.accessKeyIdFile()),
            SecretFile.read(server.secretAccessKeyFile())));
    try (ObjectStore store = ObjectStore.open(ObjectStoreIT.inSmallParts(server))) {
      store.ensureBucket();
    }
    client = StoreClient.open(ObjectStoreIT.inSmallParts(server), credentials::get);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  @Test
  void shouldWriteAndReadObjectsOfAnyName() throws Exception {
    for (String key : KEYS) {
      assertThat(client.first(first -> first.head(key)))
          .isEqualTo(new FirstTry.Tried<>(true, null, 0));

      assertThat(client.first(first -> first.put(key, CONTENT, true)).answer()).isTrue();
      assertThat(client.first(first -> first.put(key, new byte[3], true)).answer()).isFalse();
      assertThat(client.first(first -> first.put(key, CONTENT, false)).answer()).isTrue();

      assertThat(client.first(first -> first.head(key)).answer())
          .isNotNull()
          .extracting(FirstTry.Head::size)
          .isEqualTo((long) CONTENT.length);
      assertThat(read(key, WHOLE)).isEqualTo(CONTENT);
      assertThat(read(key, new FirstTry.Range(1, 3))).isEqualTo("ont".getBytes(UTF_8));
      assertThat(read(key, new FirstTry.Range(100, FirstTry.Range.TO_THE_END))).isEmpty();
    }
    // The S3 client finds them by the same names.
    assertThat(
            client.s3().listObjectsV2(one -> one.bucket("oci2wasm")).contents().stream()
                .map(object -> object.key()))
        .containsExactlyInAnyOrderElementsOf(KEYS);
  }

  private byte[] read(String key, FirstTry.Range range) throws Exception {
    FirstTry.Tried<FirstTry.Body> tried = client.first(first -> first.get(key, range, null));
    assertThat(tried.isAnswered()).isTrue();
    try (InputStream in = Objects.requireNonNull(tried.answer()).bytes()) {
      return in.readAllBytes();
    }
  }

  @Test
  void shouldReadOnlyTheObjectThatIsMeant() throws Exception {
    client.first(first -> first.put("meant", CONTENT, false));
    FirstTry.Range end = new FirstTry.Range(4, FirstTry.Range.TO_THE_END);
    String eTag =
        Objects.requireNonNull(client.first(first -> first.head("meant")).answer()).eTag();

    FirstTry.Tried<FirstTry.Body> same = client.first(first -> first.get("meant", end, eTag));
    try (InputStream in = Objects.requireNonNull(same.answer()).bytes()) {
      assertThat(in.readAllBytes()).isEqualTo("ent".getBytes(UTF_8));
    }
    client.first(first -> first.put("meant", new byte[7], false));
    assertThat(client.first(first -> first.get("meant", end, eTag)))
        .isEqualTo(new FirstTry.Tried<>(true, null, 0));
  }

  @Test
  void shouldGiveEveryConnectionBack() throws Exception {
    client.first(first -> first.put("there", CONTENT, false));
    int moreThanThereAre = 70;

    for (int i = 0; i < moreThanThereAre; i++) {
      assertThat(client.first(first -> first.get("absent", WHOLE, null)))
          .isEqualTo(new FirstTry.Tried<>(true, null, 0));
      assertThat(read("there", new FirstTry.Range(100, FirstTry.Range.TO_THE_END))).isEmpty();
      assertThat(read("there", WHOLE)).isEqualTo(CONTENT);
      assertThat(client.first(first -> first.put("there", CONTENT, true)).answer()).isFalse();
      assertThat(client.first(first -> first.delete("absent")).isAnswered()).isTrue();
    }
    assertThat(client.first(first -> first.delete("there")).isAnswered()).isTrue();
    assertThat(client.first(first -> first.head("there")).answer()).isNull();
  }

  @Test
  void shouldGiveConnectionsOfRefusalsBack() {
    credentials.set(AwsBasicCredentials.create("other", "secret"));

    for (int i = 0; i < 70; i++) {
      assertThat(client.first(first -> first.get("key", WHOLE, null)).status()).isEqualTo(403);
    }
  }

  @Test
  void shouldAnswerNothingWithOtherCredentials() {
    credentials.set(AwsBasicCredentials.create("other", "secret"));

    FirstTry.Tried<Boolean> tried = client.first(first -> first.put("key", CONTENT, false));

    assertThat(tried).isEqualTo(new FirstTry.Tried<>(false, null, 403));
  }
}
