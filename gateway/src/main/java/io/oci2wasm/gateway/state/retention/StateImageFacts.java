package io.oci2wasm.gateway.state.retention;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.BatchRequested;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.gateway.retention.Deletions;
import io.oci2wasm.gateway.retention.ImageFacts;
import io.oci2wasm.gateway.retention.RequestFact;
import io.oci2wasm.gateway.retention.Rule;
import io.oci2wasm.gateway.state.batch.BatchEntry;
import io.oci2wasm.gateway.state.database.StateDatabase;
import io.oci2wasm.runtime.event.CaughtUp;
import io.oci2wasm.runtime.event.NotCaughtUpException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Reads what retention needs from the database, a page at a time. */
public final class StateImageFacts implements ImageFacts {
  private static final int PAGE = 2000;
  private static final int BUNDLES_AT_ONCE = 1000;

  /** A scan finds what a registry has; only what is converted anew was asked for by nobody. */
  private static final String REQUESTS =
      """
      SELECT r.id, r.registry, r.repository, r.tag, r.digest, r.queued_at, r.updated_at, r.ended,
        r.sender, b.kind
      FROM request r LEFT JOIN batch_entry e ON e.request_id = r.id
        LEFT JOIN batch b ON b.id = e.batch_id
      WHERE r.id > :after AND %s ORDER BY r.id LIMIT :limit
      """;

  private static final String ALL = REQUESTS.formatted("TRUE");

  /** As the index request_age has it. */
  private static final String SINCE =
      REQUESTS.formatted("r.ended = :ended AND r.updated_at >= :since");

  private static final String OUTCOMES =
      """
      SELECT c.request_id, c.manifest_digest, c.state, c.conversion_id, c.updated_at, r.rule,
        c.translated_from
      FROM conversion c LEFT JOIN bundle_removal r ON r.conversion_id = c.conversion_id
      WHERE c.request_id = ANY(:ids) AND (c.shown OR c.manifest_digest IS NOT NULL)
      """;
  private static final String BUNDLES =
      """
      SELECT DISTINCT conversion_id FROM conversion
      WHERE manifest_digest = ANY(:manifests) AND conversion_id IS NOT NULL
      """;

  private final StateDatabase database;
  private final Deletions deletions;
  private final CaughtUp caughtUp;

  /**
   * Facts from {@code database} and {@code deletions}.
   *
   * @param caughtUp whether their topics have been read
   */
  public StateImageFacts(StateDatabase database, Deletions deletions, CaughtUp caughtUp) {
    this.database = database;
    this.deletions = deletions;
    this.caughtUp = caughtUp;
  }

  @Override
  public void requireCurrent() throws UnavailableException {
    try {
      caughtUp.check();
    } catch (NotCaughtUpException e) {
      throw new UnavailableException(
          String.format(
              "retention: found what is known of images out of date (%s), expected it"
                  + " current; try again",
              e.getMessage()),
          e);
    }
  }

  @Override
  public void requests(Visitor<RequestFact> visitor) throws IOException {
    visit(null, false, visitor);
  }

  @Override
  public void requestsSince(Instant time, Visitor<RequestFact> visitor) throws IOException {
    visit(time, false, visitor);
    visit(time, true, visitor);
  }

  private void visit(@Nullable Instant since, boolean ended, Visitor<RequestFact> visitor)
      throws IOException {
    String after = "";
    List<RequestFact> page;
    do {
      String from = after;
      page =
          database.inTransaction(
              "reading what retention needs", handle -> page(handle, from, since, ended));
      for (RequestFact request : page) {
        visitor.visit(request);
        after = request.id();
      }
    } while (page.size() == PAGE);
  }

  private static List<RequestFact> page(
      Handle handle, String after, @Nullable Instant since, boolean ended) {
    Query query =
        handle.createQuery(since == null ? ALL : SINCE).bind("after", after).bind("limit", PAGE);
    if (since != null) {
      query.bind("since", since).bind("ended", ended);
    }
    List<RequestFact> requests =
        query.map(ConstructorMapper.of(RequestRow.class)).map(RequestRow::fact).list();
    if (requests.isEmpty()) {
      return requests;
    }
    Map<String, List<RequestFact.ConversionFact>> outcomes = new TreeMap<>();
    requests.forEach(request -> outcomes.put(request.id(), new ArrayList<>()));
    handle
        .createQuery(OUTCOMES)
        .bindArray("ids", String.class, outcomes.keySet())
        .map(ConstructorMapper.of(OutcomeRow.class))
        .forEach(
            one ->
                outcomes.computeIfAbsent(one.requestId(), id -> new ArrayList<>()).add(one.fact()));
    return requests.stream()
        .map(one -> one.with(outcomes.getOrDefault(one.id(), List.of())))
        .toList();
  }

  /** What is asked of a request. */
  public record RequestRow(
      String id,
      String registry,
      String repository,
      @Nullable String tag,
      @Nullable Sha256Digest digest,
      Instant queuedAt,
      Instant updatedAt,
      boolean ended,
      @Nullable String sender,
      BatchRequested.@Nullable Kind kind) {
    private RequestFact fact() {
      boolean reconversion =
          TranslationRequested.SENDER.equals(sender)
              || (BatchEntry.SENDER.equals(sender) && kind != BatchRequested.Kind.SCAN);
      return new RequestFact(
          id,
          registry,
          repository,
          tag,
          digest,
          queuedAt,
          updatedAt,
          !ended,
          reconversion,
          List.of());
    }
  }

  /** What is asked of one of its platforms, or of the request as a whole. */
  public record OutcomeRow(
      String requestId,
      @Nullable Sha256Digest manifestDigest,
      ConversionState state,
      @Nullable String conversionId,
      Instant updatedAt,
      @Nullable String rule,
      @Nullable String translatedFrom) {
    private RequestFact.ConversionFact fact() {
      return new RequestFact.ConversionFact(
          manifestDigest,
          state,
          conversionId,
          updatedAt,
          state == ConversionState.REMOVED && rule != null ? Rule.of(rule) : null,
          translatedFrom != null);
    }
  }

  @Override
  public List<String> bundles(Collection<Sha256Digest> manifests) throws UnavailableException {
    List<String> texts = manifests.stream().map(Sha256Digest::toString).distinct().toList();
    List<String> bundles = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += BUNDLES_AT_ONCE) {
      List<String> some = texts.subList(from, Math.min(from + BUNDLES_AT_ONCE, texts.size()));
      bundles.addAll(
          database.read(
              handle ->
                  handle
                      .createQuery(BUNDLES)
                      .bindArray("manifests", String.class, some)
                      .mapTo(String.class)
                      .list()));
    }
    return bundles;
  }

  @Override
  public List<ImageDeleted> deletions() {
    return deletions.all();
  }
}
