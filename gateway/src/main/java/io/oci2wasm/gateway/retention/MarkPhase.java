package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.gateway.retention.GcReport.Unwanted;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which objects are wanted, and by which rule others go, as {@link MarkLines}. What any wanted
 * image leads to is wanted, whatever else leads there.
 */
final class MarkPhase implements AutoCloseable {
  private static final String STAYS = "0";
  private static final String GOES = "1";
  private static final int AT_ONCE = 256;

  /** What is under way beyond that, and loses something, is ingested again. */
  private static final int MAX_INCOMPLETE = 100_000;

  private final SortedLines lines;
  private final List<Unwanted> unwanted = new ArrayList<>();
  private final List<NewRequests.Root> incomplete = new ArrayList<>();
  private long unwantedImages;

  private MarkPhase(Path directory) {
    this.lines = new SortedLines(directory);
  }

  /**
   * Looks at everything that is known.
   *
   * @param directory for files, where they are needed
   */
  static MarkPhase of(
      ImageFacts facts, RetentionConfig config, Documents documents, Instant now, Path directory)
      throws IOException {
    TagDeletions deletions = new TagDeletions(config.deleted() ? facts.deletions() : List.of());
    ImageRules rules = new ImageRules(config, now, deletions);
    MarkPhase marks = new MarkPhase(directory);
    try (SortedLines roots = new SortedLines(directory);
        BundleMarks bundles = new BundleMarks(directory)) {
      try (WantedImages wishes = new WantedImages(directory, deletions)) {
        facts.requests(
            request -> {
              wishes.add(request);
              bundles.add(request);
            });
        rules.judge(
            wishes,
            directory,
            (image, rule) -> {
              roots.add(root(image, rule));
              marks.note(image, rule);
            });
      }
      try (DocumentTable table = new DocumentTable(directory)) {
        marks.walk(roots, new DocumentWalk(documents, table), documents, bundles);
      }
      bundles.mark(marks.lines, rules, config, documents);
    } catch (IOException | RuntimeException | Error e) {
      marks.close();
      throw e;
    }
    return marks;
  }

  /**
   * What stays comes first in its repository, and of that what is under way: what that leads to
   * need not be walked again.
   */
  private static String root(KnownImage image, @Nullable Rule rule) {
    return Fields.line(
        image.place(),
        rule == null ? STAYS : GOES,
        Fields.flag(!image.open()),
        image.digest().toString(),
        rule == null ? "" : rule.rank());
  }

  private void note(KnownImage image, @Nullable Rule rule) {
    if (rule == null) {
      return;
    }
    unwantedImages++;
    if (unwanted.size() < GcReport.MAX_IMAGES) {
      unwanted.add(
          new Unwanted(
              new ImageReference(image.registry(), image.repository(), null, image.digest()),
              rule,
              image.used()));
    }
  }

  private void walk(SortedLines roots, DocumentWalk walk, Documents documents, BundleMarks bundles)
      throws IOException {
    SortedLines.Cursor cursor = roots.read();
    String place = "";
    int turn = 0;
    Set<Sha256Digest> some = new LinkedHashSet<>();
    List<String[]> next = new ArrayList<>();
    String line;
    do {
      line = cursor.next();
      if (line != null) {
        next.add(Fields.of(line));
      }
      if (next.size() >= AT_ONCE || line == null) {
        some.clear();
        next.forEach(fields -> some.add(Sha256Digest.parse(fields[3])));
        documents.prefetch(some);
        for (String[] fields : next) {
          if (!fields[0].equals(place)) {
            place = fields[0];
            turn++;
          }
          Rule rule = fields[1].equals(STAYS) ? null : Rule.ofRank(fields[4]);
          Sha256Digest digest = Sha256Digest.parse(fields[3]);
          boolean open = !Fields.flag(fields[2]);
          Marker marker = new Marker(place, rule, open, bundles);
          if (!walk.from(digest, turn, marker) && open && incomplete.size() < MAX_INCOMPLETE) {
            incomplete.add(new NewRequests.Root(marker.registry, marker.repository, digest));
          }
        }
        next.clear();
      }
    } while (line != null);
  }

  /** From the first mark on, in the order of names. */
  SortedLines.Cursor read() throws IOException {
    return lines.read();
  }

  /** Images that are no longer wanted, with the rule: some of them. */
  List<Unwanted> unwanted() {
    return unwanted;
  }

  /** Images under way whose content is still coming. */
  List<NewRequests.Root> incomplete() {
    return incomplete;
  }

  /** How many images are no longer wanted. */
  long unwantedImages() {
    return unwantedImages;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /** MarkPhase what one image leads to. */
  private final class Marker implements DocumentWalk.Sink {
    private final String place;
    private final String registry;
    private final String repository;
    private final @Nullable Rule rule;
    private final boolean open;
    private final BundleMarks bundles;

    Marker(String place, @Nullable Rule rule, boolean open, BundleMarks bundles) {
      this.place = place;
      this.registry = place.substring(0, place.indexOf('/'));
      this.repository = place.substring(place.indexOf('/') + 1);
      this.rule = rule;
      this.open = open;
      this.bundles = bundles;
    }

    private void mark(String name, int height) throws IOException {
      lines.add(
          rule == null
              ? MarkLines.wanted(name)
              : MarkLines.doomed(name, rule, height, MarkLines.shortPlace(place)));
    }

    @Override
    public void document(Sha256Digest digest, int height) throws IOException {
      mark(ObjectKeys.blob(digest), height);
      mark(ObjectKeys.served(registry, repository, digest), 0);
    }

    @Override
    public void layer(Sha256Digest blob) throws IOException {
      mark(ObjectKeys.blob(blob), 0);
      mark(ObjectKeys.diffId(blob), 0);
      mark(ObjectKeys.served(registry, repository, blob), 0);
    }

    @Override
    public void diffId(Sha256Digest diffId) throws IOException {
      mark(ObjectKeys.layer(diffId), 0);
    }

    @Override
    public void rootfs(List<Sha256Digest> diffIds) throws IOException {
      mark(ObjectKeys.rootfs(diffIds), 0);
    }

    @Override
    public void manifest(Sha256Digest digest, boolean layersKnown) throws IOException {
      if (rule == null) {
        bundles.wanted(digest, place, open, layersKnown);
      } else {
        bundles.doomed(digest, place, rule, layersKnown);
      }
    }
  }
}
