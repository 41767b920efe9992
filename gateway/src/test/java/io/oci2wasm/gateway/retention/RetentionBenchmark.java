package io.oci2wasm.gateway.retention;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.oci2wasm.api.event.PipelineEvent;
import io.oci2wasm.api.event.TopicEvent;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.retention.StateImageFacts;
import io.oci2wasm.runtime.event.EventPublisher;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures runs of retention over very many images: requests in an H2 file, objects in a store that
 * stands in or in a real one. Half of the images go. No test by its name, so that only who names it
 * runs it (docs/PERFORMANCE.md). System properties: {@code oci2wasm.test.images} and {@code
 * oci2wasm.test.repositories} set how many there are; {@code oci2wasm.test.store} is the address of
 * an S3 server, {@code oci2wasm.test.store.folder} where its buckets' objects lie as files, with
 * its credentials beside that folder.
 */
class RetentionBenchmark {
  private static final int BATCH = 10_000;
  private static final int IMAGES = Integer.getInteger("oci2wasm.test.images", 1_000_000);
  private static final int REPOSITORIES = Integer.getInteger("oci2wasm.test.repositories", 1000);

  private static final RetentionConfig RULES =
      new RetentionConfig(
          null,
          Duration.ofHours(1),
          Duration.ofDays(30),
          0,
          true,
          Duration.ofDays(1),
          Duration.ofDays(7));

  private final Instant now = Instant.now();
  private final SyntheticBucket made =
      new SyntheticBucket(IMAGES, REPOSITORIES, now.minus(Duration.ofDays(50)));

  @TempDir private Path directory;

  @Test
  void shouldRemoveHalfOfVeryManyImages() throws Exception {
    String address = System.getProperty("oci2wasm.test.store");
    if (address == null) {
      run(made);
      assertThat(made.removed()).isPositive();
      return;
    }
    Path objects = Path.of(System.getProperty("oci2wasm.test.store.folder"));
    StoreConfig config =
        StoreConfig.DEFAULT.at(
            URI.create(address),
            objects.resolveSibling("s3-access-key-id"),
            objects.resolveSibling("s3-secret-access-key"));
    try (ObjectStore store = ObjectStore.open(config)) {
      store.ensureBucket();
      long start = System.nanoTime();
      Path bucket = objects.resolve(config.bucket());
      long written = made.writeTo(bucket);
      say("wrote " + written + " objects", start);
      GcReport report = run(new StoreBucket(store));
      try (Stream<Path> left = Files.walk(bucket)) {
        assertThat(left.filter(Files::isRegularFile).count())
            .isEqualTo(written - report.removedObjects());
      }
    }
  }

  /** The report of the run that removes. */
  private GcReport run(Bucket bucket) throws Exception {
    String url = "jdbc:h2:file:" + directory.resolve("state");
    DatabaseConfig config = new DatabaseConfig(url, null, null, null, 4, null);
    StateDatabase.open(config).close();
    long start = System.nanoTime();
    fill(url, IMAGES, REPOSITORIES, now);
    say("filled the database", start);
    try (StateDatabase database = StateDatabase.open(config)) {
      GcReport dry = run(database, bucket, true);
      assertThat(made.removed()).isZero();
      GcReport report = run(database, bucket, false);
      assertThat(report.removedObjects()).isEqualTo(dry.removedObjects());
      return report;
    }
  }

  private static GcReport run(StateDatabase database, Bucket bucket, boolean dryRun)
      throws Exception {
    long start = System.nanoTime();
    GcReport report =
        new Collector(
                RULES,
                new StateImageFacts(database, new Deletions(), () -> {}),
                bucket,
                new Forgetting(),
                new SimpleMeterRegistry(),
                Clock.systemUTC())
            .run(dryRun);
    say(
        (dryRun ? "dry run: " : "run: ")
            + report.objects()
            + " objects, "
            + report.unwantedImages()
            + " images go, with "
            + report.removedObjects()
            + " objects",
        start);
    assertThat(report.unwantedImages()).isEqualTo((IMAGES + 1) / 2);
    assertThat(report.spared()).isZero();
    return report;
  }

  private static void say(String what, long start) {
    Runtime runtime = Runtime.getRuntime();
    System.out.printf(
        "%s: %d s, heap %d of %d MB%n",
        what,
        Duration.ofNanos(System.nanoTime() - start).toSeconds(),
        (runtime.totalMemory() - runtime.freeMemory()) >> 20,
        runtime.maxMemory() >> 20);
  }

  /** A request by tag with one bundle for each image, as the projection leaves them. */
  private static void fill(String url, int images, int repositories, Instant now)
      throws SQLException {
    try (Connection connection = DriverManager.getConnection(url)) {
      dropIndexes(connection);
      connection.setAutoCommit(false);
      try (PreparedStatement request =
              connection.prepareStatement(
                  "INSERT INTO request (id, lane, sender, registry, repository, tag, digest,"
                      + " outcomes, ended, queued_at, updated_at) VALUES (?, 'push', 'test',"
                      + " 'r.example', ?, ?, ?, 1, TRUE, ?, ?)");
          PreparedStatement conversion =
              connection.prepareStatement(
                  "INSERT INTO conversion (id, request_id, shown, lane, registry, repository, tag,"
                      + " digest, platform, manifest_digest, state, conversion_id, reused,"
                      + " layer_count, layers_converted, bundle_key, bundle_digest, bundle_size,"
                      + " queued_at, updated_at) VALUES (?, ?, TRUE, 'push', 'r.example', ?, ?, ?,"
                      + " 'linux/amd64', ?, 'built', ?, FALSE, 2, 1, 'key', ?, 1, ?, ?)")) {
        for (int i = 0; i < images; i++) {
          add(request, conversion, i, repositories, now);
          if (i % BATCH == BATCH - 1 || i == images - 1) {
            int[] unused = request.executeBatch();
            unused = conversion.executeBatch();
            connection.commit();
          }
        }
      }
    }
  }

  private static void dropIndexes(Connection connection) throws SQLException {
    List<String> dropped = new ArrayList<>();
    for (String index :
        new String[] {
          "request_newest",
          "request_image",
          "conversion_shown",
          "conversion_shown_of_repository",
          "conversion_shown_of_stage",
          "conversion_digest",
          "conversion_bundle",
          "conversion_shown_of_state",
          "conversion_shown_changed"
        }) {
      dropped.add("DROP INDEX IF EXISTS " + index);
    }
    try (Statement statement = connection.createStatement()) {
      for (String drop : dropped) {
        statement.execute(drop);
      }
    }
  }

  private static void add(
      PreparedStatement request,
      PreparedStatement conversion,
      int image,
      int repositories,
      Instant now)
      throws SQLException {
    String id = String.format("%032x", image);
    String repository = SyntheticBucket.repository(image, repositories);
    String digest = SyntheticBucket.manifest(image).toString();
    Object time =
        now.minus(Duration.ofDays(image % 2 == 0 ? 45 : 15))
            .minusSeconds(image % 80_000)
            .atOffset(ZoneOffset.UTC);
    set(request, id, repository, "v" + image, digest, time, time);
    set(
        conversion,
        id + "-" + digest.substring(7, 19),
        id,
        repository,
        "v" + image,
        digest,
        digest,
        SyntheticBucket.conversionId(image),
        digest,
        time,
        time);
  }

  private static void set(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    statement.addBatch();
  }

  /** What is published is not kept: there is much of it. */
  private static final class Forgetting implements EventPublisher {
    @Override
    public void publish(List<? extends TopicEvent> events) {
      // nobody asks
    }

    @Override
    public void report(PipelineEvent event) {
      throw new AssertionError("nothing is reported here");
    }
  }
}
