package io.oci2wasm.gateway.retention;

import static io.oci2wasm.gateway.retention.Fields.backwards;
import static io.oci2wasm.gateway.retention.Fields.flag;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The images that living tags want. A tag leads to what it was pushed with last. Where that has no
 * bundle, or misses one of its platforms, the tag holds the last one before that has all of them,
 * and the last that has any. What a rule has removed is not missed: nothing older takes its place.
 */
final class TagHolds implements AutoCloseable {
  private enum Bundles {
    ALL,
    SOME,
    NONE
  }

  /** Why a tag holds an image. */
  enum Why {
    /** The tag was pushed with it last. */
    CURRENT,
    /** What the tag was pushed with since has no bundle. */
    LAST,
    /** What the tag was pushed with since has some bundles, and misses others. */
    COMPLETES
  }

  /**
   * That a tag leads to an image.
   *
   * @param asked when somebody asked for the tag last
   * @param used when such a request was worked on last
   */
  record Hold(String place, Sha256Digest digest, Instant asked, Instant used, Why why) {}

  private static final String OUTCOME = "O";
  private static final String TAG = "T";

  private final TagDeletions deletions;
  private final SortedLines byDigest;
  private final SortedLines byTag;

  TagHolds(Path directory, TagDeletions deletions) {
    this.deletions = deletions;
    this.byDigest = new SortedLines(directory);
    this.byTag = new SortedLines(directory);
  }

  void add(RequestFact request) throws IOException {
    String place = request.place();
    Sha256Digest digest = request.digest();
    if (digest == null) {
      if (request.tag() != null) {
        byTag.add(tagLine(place, tag(request), "", Bundles.NONE));
      }
      return;
    }
    if (request.tag() != null) {
      byDigest.add(Fields.line(place, digest.toString(), TAG, tag(request)));
    }
  }

  /** That {@code image} leads to {@code manifest}, and how its bundle stands. */
  void outcome(String place, String image, String manifest, RequestFact.Bundle bundle)
      throws IOException {
    boolean had = bundle != RequestFact.Bundle.MISSED;
    byDigest.add(Fields.line(place, image, OUTCOME, manifest, flag(had)));
  }

  /** What somebody asked for comes first, the newest first of all. */
  private static String tag(RequestFact request) {
    return Fields.line(
        String.valueOf(request.tag()),
        flag(request.reconversion()),
        backwards(request.asked()),
        request.id(),
        Fields.time(request.used()));
  }

  private static String tagLine(String place, String tag, String digest, Bundles bundles) {
    return Fields.line(place, tag, digest, bundles.name());
  }

  /** Shows what each living tag holds. Nothing is added after that. */
  void visit(ImageFacts.Visitor<Hold> visitor) throws IOException {
    joinBundles();
    SortedLines.Cursor cursor = byTag.read();
    Tag tag = null;
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      String[] fields = Fields.of(line);
      if (tag == null || !tag.place.equals(fields[0]) || !tag.name.equals(fields[1])) {
        tag = new Tag(fields[0], fields[1], Fields.backwards(fields[3]), Fields.time(fields[5]));
      }
      if (!fields[6].isEmpty()) {
        Hold hold = tag.next(Sha256Digest.parse(fields[6]), Bundles.valueOf(fields[7]));
        if (hold != null) {
          visitor.visit(hold);
        }
      }
    }
  }

  /** Tells each request by a tag what bundles its image has, whichever request they are of. */
  private void joinBundles() throws IOException {
    SortedLines.Cursor cursor = byDigest.read();
    String image = "";
    Set<String> had = new HashSet<>();
    Set<String> missing = new HashSet<>();
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      String[] fields = Fields.of(line);
      if (!image.equals(fields[0] + "@" + fields[1])) {
        image = fields[0] + "@" + fields[1];
        had.clear();
        missing.clear();
      }
      if (fields[2].equals(OUTCOME)) {
        (Fields.flag(fields[4]) ? had : missing).add(fields[3]);
        continue;
      }
      Bundles bundles =
          had.isEmpty() ? Bundles.NONE : had.containsAll(missing) ? Bundles.ALL : Bundles.SOME;
      String tag = Fields.line(fields[3], fields[4], fields[5], fields[6], fields[7]);
      byTag.add(tagLine(fields[0], tag, fields[1], bundles));
    }
  }

  @Override
  public void close() throws IOException {
    byDigest.close();
    byTag.close();
  }

  /** A tag while its requests are looked at, from the newest on. */
  private final class Tag {
    private final String place;
    private final String name;
    private final Instant asked;
    private final Instant used;
    private boolean dead;

    /** The best that was seen, null before the first. */
    private @Nullable Bundles best;

    Tag(String place, String name, Instant asked, Instant used) {
      this.place = place;
      this.name = name;
      this.asked = asked;
      this.used = used;
    }

    @Nullable Hold next(Sha256Digest digest, Bundles bundles) {
      boolean current = best == null;
      if (current) {
        dead = deletions.hasTag(place, name, digest, asked);
      } else if (bundles.compareTo(best) >= 0) {
        return null;
      }
      Why why = current ? Why.CURRENT : best == Bundles.NONE ? Why.LAST : Why.COMPLETES;
      best = bundles;
      return dead ? null : new Hold(place, digest, asked, used, why);
    }
  }
}
