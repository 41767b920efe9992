package io.oci2wasm.gateway.state.conversion;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.gateway.webhook.Senders;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.mapper.Nested;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

/** A request and its platforms while records are taken in. */
public final class RequestChange {
  private final String id;
  private final Lane lane;
  private final TreeMap<String, ConversionChange> subjects = new TreeMap<>();
  private final Map<String, Saved> saved = new HashMap<>();
  private @Nullable Request savedItself;
  private Request.Told told = Request.Told.NOTHING;
  private @Nullable String partOf;
  private final Set<Sha256Digest> children = new LinkedHashSet<>();

  RequestChange(String id, Lane lane) {
    this.id = id;
    this.lane = lane;
  }

  /** One that was saved; its conversions and their history follow. */
  static RequestChange of(Request row) {
    RequestChange change = new RequestChange(row.id(), row.lane());
    change.savedItself = row;
    change.told = row.told();
    change.partOf = row.partOf();
    return change;
  }

  /** A row of the table {@code conversion}. */
  public record Saved(@Nested Conversion conversion, boolean shown) {
    static final RowMapper<Saved> ROW = ConstructorMapper.of(Saved.class);
  }

  /** A row of the table {@code history}. */
  public record SavedEntry(String id, String requestId, @Nested HistoryEntry entry) {
    static final RowMapper<SavedEntry> ROW = ConstructorMapper.of(SavedEntry.class);
  }

  void saved(Saved row) {
    String subject = row.conversion().id();
    subjects.put(subject, new ConversionChange(row.conversion()));
    saved.put(subject, row);
  }

  void saved(SavedEntry row) {
    ConversionChange known = subjects.get(row.id());
    if (known != null) {
      known.saved(row.entry());
    }
  }

  void add(ConversionUpdate update) {
    told = told.and(update.told());
    children.addAll(update.children());
    subjects.computeIfAbsent(update.id(), id -> new ConversionChange(update)).add(update);
  }

  public String id() {
    return id;
  }

  boolean isSaved() {
    return savedItself != null;
  }

  boolean isSaved(ConversionChange subject) {
    return saved.containsKey(subject.id());
  }

  /** Whether the database has the request like this already. */
  boolean isSaved(Request request) {
    return request.equals(savedItself);
  }

  /** Whether the database has a subject like this already. */
  boolean isSaved(Saved row) {
    return row.equals(saved.get(row.conversion().id()));
  }

  Collection<ConversionChange> subjects() {
    return subjects.values();
  }

  /** What its index lists, as far as it was told now. */
  Set<Sha256Digest> children() {
    return children;
  }

  /** It is part of the request with this id, or of none. */
  void belongTo(@Nullable String request) {
    partOf = request;
  }

  /** Whether a webhook told of it, without a tag. */
  boolean isUntaggedPush() {
    String sender = told.sender();
    return sender != null && Senders.names().contains(sender) && request().image().tag() == null;
  }

  /** Whether the database has it with a later push. */
  boolean wasPushedEarlier() {
    return savedItself != null && !savedItself.queuedAt().equals(queuedAt());
  }

  /**
   * The request alone is shown until its platforms are known, and where it ended as a whole;
   * nothing of one that is part of another.
   */
  private boolean isShown(ConversionChange subject) {
    return partOf == null && (!subject.isWhole() || isEnded(subject) || platformCount() == 0);
  }

  /** Its platforms as the API shows them. */
  public List<Conversion> platforms() {
    Instant queuedAt = queuedAt();
    return subjects.values().stream()
        .filter(subject -> !subject.isWhole())
        .map(subject -> conversion(subject, queuedAt))
        .toList();
  }

  /** The request as a whole as the API shows it. */
  public Optional<Conversion> whole() {
    return Optional.ofNullable(subjects.get(id)).map(subject -> conversion(subject, queuedAt()));
  }

  /** The row of a subject. */
  Saved row(ConversionChange subject, Instant queuedAt) {
    return new Saved(conversion(subject, queuedAt), isShown(subject));
  }

  private Conversion conversion(ConversionChange subject, Instant queuedAt) {
    return subject.conversion(queuedAt, subjects.get(id));
  }

  private boolean isEnded(ConversionChange subject) {
    return subject.isEnded(replaysOfWhole());
  }

  private List<HistoryEntry> replaysOfWhole() {
    ConversionChange whole = subjects.get(id);
    return whole == null ? List.of() : whole.replays();
  }

  private long platformCount() {
    return subjects.values().stream().filter(subject -> !subject.isWhole()).count();
  }

  Instant queuedAt() {
    return subjects.values().stream()
        .map(ConversionChange::firstSeen)
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  public Request request() {
    Instant queuedAt = queuedAt();
    ImageReference image =
        subjects.values().stream()
            .map(ConversionChange::image)
            .max(Comparator.comparing(one -> one.digest() != null))
            .orElseThrow();
    Instant updatedAt =
        subjects.values().stream()
            .map(subject -> conversion(subject, queuedAt).times().updatedAt())
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return new Request(id, lane, image, told, isEnded(), partOf, queuedAt, updatedAt, null, null);
  }

  /** Whether every outcome is there: one for the whole, or one for each platform. */
  private boolean isEnded() {
    ConversionChange whole = subjects.get(id);
    if (whole != null && isEnded(whole)) {
      return true;
    }
    Integer outcomes = told.outcomes();
    return outcomes != null
        && platformCount() >= outcomes
        && subjects.values().stream().filter(one -> !one.isWhole()).allMatch(this::isEnded);
  }
}
