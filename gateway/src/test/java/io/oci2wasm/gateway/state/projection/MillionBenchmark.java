package io.oci2wasm.gateway.state.projection;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Stage;
import io.oci2wasm.gateway.state.audit.AuditLog;
import io.oci2wasm.gateway.state.batch.Batch;
import io.oci2wasm.gateway.state.batch.BatchReader;
import io.oci2wasm.gateway.state.batch.BatchTransactions;
import io.oci2wasm.gateway.state.conversion.Conversion;
import io.oci2wasm.gateway.state.conversion.ConversionFilter;
import io.oci2wasm.gateway.state.conversion.ConversionReader;
import io.oci2wasm.gateway.state.conversion.RequestReader;
import io.oci2wasm.gateway.state.conversion.RequestReader.Place;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.state.database.PageToken;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.gateway.state.letter.Letter;
import io.oci2wasm.gateway.state.letter.LetterFilter;
import io.oci2wasm.gateway.state.letter.LetterGroups;
import io.oci2wasm.gateway.state.letter.LetterReader;
import io.oci2wasm.gateway.state.snapshot.MemorySnapshots;
import io.oci2wasm.gateway.state.snapshot.Snapshots;
import io.oci2wasm.gateway.state.summary.RegistryReader;
import io.oci2wasm.gateway.state.summary.SummaryReader;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * How long the API's questions take: {@code MillionBenchmark fill|ask CONVERSIONS URL [USER]}.
 * {@code fill} fills an empty database. {@code ask} asks each question some times, and prints a
 * line for each: its name, the median and the 95th percentile in milliseconds, and how often it was
 * asked, with tabs between them. {@code .ci/million.sh} runs both for H2 and PostgreSQL.
 */
final class MillionBenchmark {
  private static final int PAGE = 100;
  private static final int WARM_UP = 3;
  private static final int TIMES = 30;

  /** Of one question, unless it takes longer to ask it a few times. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private final StateDatabase database;
  private final int conversions;

  private MillionBenchmark(StateDatabase database, int conversions) {
    this.database = database;
    this.conversions = conversions;
  }

  public static void main(String[] arguments) throws Exception {
    int conversions = Integer.parseInt(arguments[1]);
    @Nullable String user = arguments.length > 3 ? arguments[3] : null;
    long start = System.nanoTime();
    try (StateDatabase database =
        StateDatabase.open(new DatabaseConfig(arguments[2], user, null, null, 8, null))) {
      switch (arguments[0]) {
        case "fill" -> MillionRows.fill(database, conversions);
        case "ask" -> new MillionBenchmark(database, conversions).ask();
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
    System.err.printf("%s: %.0f s%n", arguments[0], (System.nanoTime() - start) / 1e9);
  }

  private void ask() throws Exception {
    conversions();
    images();
    letters();
    batches();
    others();
    prune();
    if (System.getenv("SNAPSHOT") != null) {
      snapshot();
    }
  }

  private void measure(String name, Callable<?> question) throws Exception {
    for (int i = 0; i < WARM_UP; i++) {
      Object unused = question.call();
    }
    double[] took = new double[TIMES];
    int done = 0;
    long end = System.nanoTime() + LONGEST.toNanos();
    while (done < TIMES && (done < 3 || System.nanoTime() < end)) {
      long start = System.nanoTime();
      Object unused = question.call();
      took[done++] = (System.nanoTime() - start) / 1e6;
    }
    print(name, Arrays.copyOf(took, done));
  }

  private static void print(String name, double[] took) {
    Arrays.sort(took);
    double high = took[(int) Math.ceil(took.length * 0.95) - 1];
    System.out.printf(
        Locale.ROOT, "%s\t%.1f\t%.1f\t%d%n", name, took[took.length / 2], high, took.length);
  }

  /** When what is in the middle of everything was asked for. */
  private Instant half() {
    return Clock.systemUTC().instant().minusSeconds(conversions * 15L);
  }

  /** The page before it ended at this time. */
  private static String deep(Instant time) {
    return new PageToken(time, "0".repeat(32)).toString();
  }

  private void list(String name, ConversionFilter filter, @Nullable String page) throws Exception {
    ConversionReader reader = new ConversionReader(database);
    measure("conversions, " + name, () -> reader.list(filter, PAGE, page));
  }

  private static ConversionFilter state(ConversionState state) {
    return new ConversionFilter(state, null, null, null, null, null);
  }

  private static ConversionFilter repository(String repository) {
    return new ConversionFilter(null, null, repository, null, null, null);
  }

  private static ConversionFilter stage(Stage stage) {
    return new ConversionFilter(null, stage, null, null, null, null);
  }

  private void conversions() throws Exception {
    Instant half = half();
    Conversion some =
        new ConversionReader(database).list(ConversionFilter.ANY, 1, deep(half)).items().get(0);
    list("first page", ConversionFilter.ANY, null);
    list("page in the middle", ConversionFilter.ANY, deep(half));
    for (ConversionState state :
        new ConversionState[] {
          ConversionState.BUILT,
          ConversionState.QUEUED,
          ConversionState.FAILED,
          ConversionState.INGESTING
        }) {
      list("state " + state, state(state), null);
      list("state " + state + ", middle", state(state), deep(half));
    }
    list("stage build", stage(Stage.BUILD), null);
    list("stage ingest, which few have", stage(Stage.INGEST), null);
    list("stage deliver, which none has", stage(Stage.DELIVER), null);
    list(
        "failed at ingest, which few have",
        new ConversionFilter(ConversionState.FAILED, Stage.INGEST, null, null, null, null),
        null);
    list("repository", repository(some.target().image().repository()), null);
    list("repository, middle", repository(some.target().image().repository()), deep(half));
    list("repository team1*", repository("team1*"), null);
    list("repository team1*, middle", repository("team1*"), deep(half));
    list("repository */app7, few", repository("*/app7"), null);
    list("repository rare/*, five", repository("rare/*"), null);
    list("repository *no-such*, none", repository("*no-such*"), null);
    list(
        "failed, repository rare/*",
        new ConversionFilter(ConversionState.FAILED, null, "rare/*", null, null, null),
        null);
    list(
        "failed, repository of one",
        new ConversionFilter(
            ConversionState.FAILED, null, some.target().image().repository(), null, null, null),
        null);
    Sha256Digest digest = Objects.requireNonNull(some.target().image().digest());
    list("digest", new ConversionFilter(null, null, null, digest, null, null), null);
    list("request", new ConversionFilter(null, null, null, null, some.requestId(), null), null);
    List<Batch> batches = new BatchReader(database, Clock.systemUTC()).list(2, null).items();
    batch("batch of half of all", batches.get(0).id());
    batch("a smaller batch", batches.get(1).id());
    ConversionReader reader = new ConversionReader(database);
    measure("one conversion", () -> reader.find(some.id()).orElseThrow());
    measure("one request", () -> reader.findRequest(some.requestId()).orElseThrow());
    measure("newest 30 of each state (event stream)", () -> reader.current(30));
  }

  private void batch(String name, String batch) throws Exception {
    ConversionFilter all = new ConversionFilter(null, null, null, null, null, batch);
    ConversionFilter failed =
        new ConversionFilter(ConversionState.FAILED, null, null, null, null, batch);
    list(name, all, null);
    list(name + ", middle", all, deep(half()));
    list(name + ", failed", failed, null);
    list(name + ", failed, middle", failed, deep(half()));
    list(
        name + ", ingesting, none",
        new ConversionFilter(ConversionState.INGESTING, null, null, null, null, batch),
        null);
    list(
        name + ", repository rare/*",
        new ConversionFilter(null, null, "rare/*", null, null, batch),
        null);
  }

  private void images() throws Exception {
    Instant half = half();
    Conversion some =
        new ConversionReader(database).list(ConversionFilter.ANY, 1, deep(half)).items().get(0);
    RequestReader reader = new RequestReader(database);
    Place place =
        new Place(some.target().image().registry(), some.target().image().repository(), null);
    measure("requests of a repository", () -> reader.list(place, PAGE, null));
    measure("requests of a repository, middle", () -> reader.list(place, PAGE, deep(half)));
    Place tag = new Place(place.registry(), place.repository(), some.target().image().tag());
    measure("requests of a tag", () -> reader.list(tag, PAGE, null));
    measure("tags of a repository", () -> reader.tags(place, PAGE, null));
    String page = reader.tags(place, 50, null).next();
    measure("tags of a repository, second page", () -> reader.tags(place, PAGE, page));
  }

  private void letters(String name, LetterFilter filter, @Nullable String page) throws Exception {
    LetterReader reader = new LetterReader(database);
    measure("dead letters, " + name, () -> reader.list(filter, PAGE, page));
  }

  private void letters() throws Exception {
    LetterFilter open = new LetterFilter(null, null, null, Letter.State.OPEN);
    letters("open", open, null);
    letters("open, middle", open, deep(half()));
    letters("replayed", new LetterFilter(null, null, null, Letter.State.REPLAYED), null);
    letters("dismissed, none", new LetterFilter(null, null, null, Letter.State.DISMISSED), null);
    letters(
        "open, by stage and reason",
        new LetterFilter(Stage.BUILD, Reason.NOT_FOUND, null, Letter.State.OPEN),
        null);
    letters("open, *no-such*", new LetterFilter(null, null, "*no-such*", Letter.State.OPEN), null);
    LetterGroups groups = new LetterGroups(database);
    measure("dead letters by reason", () -> groups.largest(open, LetterGroups.By.REASON, PAGE));
    measure(
        "dead letters by repository", () -> groups.largest(open, LetterGroups.By.REPOSITORY, PAGE));
    measure(
        "set aside by gateways",
        () -> database.read(handle -> LetterReader.ofGateway(handle, null, "", PAGE)));
  }

  private void batches() throws Exception {
    Clock clock = Clock.systemUTC();
    BatchReader batches = new BatchReader(database, clock);
    List<Batch> page = batches.list(PAGE, null).items();
    measure("batches", () -> batches.list(PAGE, null));
    String next = batches.list(PAGE / 2, null).next();
    measure("batches, second page", () -> batches.list(PAGE / 2, next));
    measure("one batch", () -> batches.find(page.get(0).id()));
    measure("open batches (event stream)", () -> batches.find(batches.open()));
    List<String> requests = page.stream().map(Batch::id).toList();
    measure("batches of changed requests", () -> batches.ofRequests(Set.copyOf(requests)));
    BatchTransactions transactions = new BatchTransactions(database, clock);
    measure("what batches may begin", () -> transactions.waiting(page.get(0).id(), 64));
    measure("images of open batches", () -> transactions.entries(transactions.open()));
    measure("newest scans", () -> batches.newestScans(List.of("registry.example:5000")));
  }

  private void others() throws Exception {
    Clock clock = Clock.systemUTC();
    SummaryReader summary = new SummaryReader(database, clock);
    measure("totals of the dashboard", summary::read);
    RegistryReader registries = new RegistryReader(database, clock);
    measure("registries", () -> registries.list(PAGE));
    AuditLog audit = new AuditLog(database);
    measure("audit log", () -> audit.list(PAGE, null));
  }

  /** Each transaction of a prune: meanwhile nothing is taken in from the topics. */
  private void prune() throws Exception {
    Duration keep = Duration.ofSeconds(conversions * 27L);
    try (StatePruner pruner = new StatePruner(database, keep, Clock.systemUTC())) {
      for (StatePruner.Step step : StatePruner.steps(Clock.systemUTC().instant().minus(keep))) {
        double[] took = new double[TIMES];
        int done = 0;
        boolean more = true;
        while (more && done < TIMES) {
          long start = System.nanoTime();
          more = pruner.prune(step) > 0;
          took[done++] = (System.nanoTime() - start) / 1e6;
        }
        print("prune: " + step.name(), Arrays.copyOf(took, done));
      }
    }
  }

  private void snapshot() throws Exception {
    MemorySnapshots store = new MemorySnapshots();
    Snapshots snapshots = new Snapshots(store);
    long start = System.nanoTime();
    String key = snapshots.write(database, Clock.systemUTC().instant());
    System.err.printf(
        "snapshot: %d MB in %.0f s%n",
        store.bytes(key).length >> 20, (System.nanoTime() - start) / 1e9);
    start = System.nanoTime();
    int unused = snapshots.check(key).schema();
    System.err.printf("read again in %.0f s%n", (System.nanoTime() - start) / 1e9);
  }
}
