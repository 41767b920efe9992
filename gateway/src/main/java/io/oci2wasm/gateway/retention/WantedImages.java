package io.oci2wasm.gateway.retention;

import static io.oci2wasm.gateway.retention.Fields.backwards;
import static io.oci2wasm.gateway.retention.Fields.flag;
import static io.oci2wasm.gateway.retention.Fields.line;
import static io.oci2wasm.gateway.retention.Fields.time;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Computes from requests who wants each image, and since when. Nobody wants what was pushed as part
 * of an index, or what is only converted again.
 */
final class WantedImages implements AutoCloseable {
  /** Children are announced before their index; senders may be so late. */
  private static final Duration CHILD_AFTER_INDEX = Duration.ofMinutes(10);

  private static final String BUILT = "B";
  private static final String CHILD = "C";
  private static final String GONE = "G";
  private static final String HOLD = "H";
  private static final String REQUEST = "R";

  /** Of a request that names only a tag, before the images of its repository. */
  private static final String UNRESOLVED = "";

  private final BundlesOfImages bundles;
  private final TagHolds tags;
  private final SortedLines lines;

  WantedImages(Path directory, TagDeletions deletions) {
    this.bundles = new BundlesOfImages(directory);
    this.tags = new TagHolds(directory, deletions);
    this.lines = new SortedLines(directory);
  }

  void add(RequestFact request) throws IOException {
    bundles.add(request);
    tags.add(request);
    Sha256Digest digest = request.digest();
    if (digest == null) {
      if (request.open()) {
        lines.add(line(request.place(), UNRESOLVED));
      }
      return;
    }
    Instant failed = null;
    for (RequestFact.ConversionFact conversion : request.conversions()) {
      Sha256Digest manifest = conversion.manifest();
      if (manifest != null && !manifest.equals(digest) && !request.reconversion()) {
        lines.add(line(request.place(), manifest.toString(), CHILD, time(request.asked())));
      }
      if (conversion.state() == ConversionState.FAILED) {
        failed = later(failed, conversion.changed());
      }
    }
    lines.add(
        line(
            request.place(),
            digest.toString(),
            REQUEST,
            time(request.asked()),
            time(request.used()),
            flag(request.open()),
            flag(request.reconversion()),
            flag(request.tag() == null),
            failed == null ? "" : time(failed)));
  }

  private static Instant later(@Nullable Instant one, Instant other) {
    return one == null || one.isBefore(other) ? other : one;
  }

  /** Shows images and open tags by repository. */
  interface Visitor {
    /** A request of the repository names a tag that is not resolved yet. Before its images. */
    void unresolved(String place) throws IOException;

    void image(KnownImage image) throws IOException;
  }

  /** Shows all, by repository. Nothing is added after that. */
  void visit(Visitor visitor) throws IOException {
    bundles.visit(
        (place, image, manifest, bundle) -> {
          tags.outcome(place, image, manifest, bundle);
          if (bundle != RequestFact.Bundle.MISSED) {
            boolean there = bundle == RequestFact.Bundle.THERE;
            lines.add(line(place, image, there ? BUILT : GONE));
          }
        });
    tags.visit(
        hold ->
            lines.add(
                line(
                    hold.place(),
                    hold.digest().toString(),
                    HOLD,
                    time(hold.asked()),
                    time(hold.used()),
                    hold.why().name())));
    SortedLines.Cursor cursor = lines.read();
    Image image = null;
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      String[] fields = Fields.of(line);
      if (fields[1].equals(UNRESOLVED)) {
        visitor.unresolved(fields[0]);
        continue;
      }
      if (image == null || !image.is(fields[0], fields[1])) {
        show(image, visitor);
        image = new Image(fields[0], fields[1]);
      }
      image.add(fields);
    }
    show(image, visitor);
  }

  private static void show(@Nullable Image image, Visitor visitor) throws IOException {
    KnownImage known = image == null ? null : image.known();
    if (known != null) {
      visitor.image(known);
    }
  }

  @Override
  public void close() throws IOException {
    bundles.close();
    tags.close();
    lines.close();
  }

  /** An image while what is known of it is gathered. */
  private static final class Image {
    private final String place;
    private final String digest;
    private @Nullable Instant indexAsked;
    private @Nullable Instant asked;
    private @Nullable Instant used;
    private @Nullable Instant touched;
    private @Nullable Instant alone;
    private @Nullable Instant failed;
    private @Nullable Instant remadeAsked;
    private boolean remadeAlone;
    private boolean open;
    private boolean built;
    private boolean gone;
    private boolean tagged;
    private boolean current;
    private boolean last;

    Image(String place, String digest) {
      this.place = place;
      this.digest = digest;
    }

    boolean is(String otherPlace, String otherDigest) {
      return place.equals(otherPlace) && digest.equals(otherDigest);
    }

    void add(String[] fields) {
      switch (fields[2]) {
        case BUILT -> built = true;
        case GONE -> gone = true;
        case CHILD -> indexAsked = later(indexAsked, Fields.time(fields[3]));
        case HOLD -> {
          asked = later(asked, Fields.time(fields[3]));
          used = later(used, Fields.time(fields[4]));
          tagged = true;
          current |= fields[5].equals(TagHolds.Why.CURRENT.name());
          last |= fields[5].equals(TagHolds.Why.LAST.name());
        }
        default -> request(fields, Fields.time(fields[3]));
      }
    }

    private void request(String[] fields, Instant time) {
      Instant worked = Fields.time(fields[4]);
      boolean tagless = Fields.flag(fields[7]);
      touched = later(touched, worked);
      open |= Fields.flag(fields[5]);
      if (!fields[8].isEmpty()) {
        failed = later(failed, Fields.time(fields[8]));
      }
      if (Fields.flag(fields[6])) {
        remadeAsked = later(remadeAsked, time);
        remadeAlone |= tagless;
        return;
      }
      asked = later(asked, time);
      used = later(used, worked);
      alone = tagless ? later(alone, time) : alone;
    }

    /** Nothing where only others know of it: an index that names it. */
    @Nullable KnownImage known() {
      if (touched == null) {
        return null;
      }
      // The database has forgotten who asked first.
      boolean forgotten = asked == null && remadeAsked != null;
      Instant wished = asked != null ? asked : later(remadeAsked, Instant.EPOCH);
      Instant byItself = forgotten && remadeAlone ? wished : alone;
      boolean part =
          indexAsked != null
              && (byItself == null || !byItself.isAfter(indexAsked.plus(CHILD_AFTER_INDEX)));
      boolean itself = byItself != null && !part;
      return new KnownImage(
          place,
          Sha256Digest.parse(digest),
          wished,
          used != null ? used : touched,
          touched,
          open,
          failed,
          tagged || itself,
          tagged && !current,
          // What is left of an image that a rule removed belongs to others.
          built && !gone && (!tagged || current || last || itself),
          part && !tagged);
    }
  }

  /** A line that sorts images of a repository as the rule of the newest counts them. */
  static String ranked(KnownImage image) {
    return line(
        image.place(),
        image.child() ? "3" : image.counted() ? "1" : "2",
        flag(!image.held()),
        backwards(image.asked()),
        image.digest().toString(),
        time(image.used()),
        time(image.touched()),
        flag(image.open()),
        image.failed() == null ? "" : time(image.failed()),
        flag(image.lastOfTag()));
  }

  /** The image of {@link #ranked}. */
  static KnownImage image(String[] fields) {
    return new KnownImage(
        fields[0],
        Sha256Digest.parse(fields[4]),
        Fields.backwards(fields[3]),
        time(fields[5]),
        time(fields[6]),
        flag(fields[7]),
        fields[8].isEmpty() ? null : time(fields[8]),
        !flag(fields[2]),
        flag(fields[9]),
        fields[1].equals("1"),
        fields[1].equals("3"));
  }
}
