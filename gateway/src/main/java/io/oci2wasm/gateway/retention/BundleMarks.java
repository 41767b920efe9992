package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ConversionState;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Joins bundles with the images that lead to their platform manifests. */
final class BundleMarks implements AutoCloseable {
  private static final String BUNDLE = "B";
  private static final String DOOMED = "D";
  private static final String LAYERS_UNKNOWN = "L";
  private static final String WANTED = "W";

  private final SortedLines lines;

  BundleMarks(Path directory) {
    this.lines = new SortedLines(directory);
  }

  void add(RequestFact request) throws IOException {
    for (RequestFact.ConversionFact conversion : request.conversions()) {
      if (conversion.conversionId() != null && conversion.manifest() != null) {
        lines.add(
            Fields.line(
                conversion.manifest().toString(),
                BUNDLE,
                conversion.conversionId(),
                request.place(),
                Fields.time(conversion.changed()),
                Fields.flag(conversion.state() == ConversionState.BUILT),
                Fields.flag(conversion.translated())));
      }
    }
  }

  void wanted(Sha256Digest manifest, String place, boolean open, boolean layersKnown)
      throws IOException {
    lines.add(Fields.line(manifest.toString(), WANTED, place, Fields.flag(open)));
    unknown(manifest, layersKnown);
  }

  void doomed(Sha256Digest manifest, String place, Rule rule, boolean layersKnown)
      throws IOException {
    lines.add(Fields.line(manifest.toString(), DOOMED, rule.rank(), MarkLines.shortPlace(place)));
    unknown(manifest, layersKnown);
  }

  private void unknown(Sha256Digest manifest, boolean layersKnown) throws IOException {
    if (!layersKnown) {
      lines.add(Fields.line(manifest.toString(), LAYERS_UNKNOWN));
    }
  }

  /** Adds to {@code marks} what follows for bundles. Nothing is added here after that. */
  void mark(SortedLines marks, ImageRules rules, RetentionConfig config, Documents documents)
      throws IOException {
    SortedLines.Cursor cursor = lines.read();
    Group group = null;
    for (String line = cursor.next(); line != null; line = cursor.next()) {
      String[] fields = Fields.of(line);
      if (group == null || !group.manifest.equals(fields[0])) {
        if (group != null) {
          group.mark(marks, rules, config, documents);
        }
        group = new Group(fields[0]);
      }
      group.add(fields);
    }
    if (group != null) {
      group.mark(marks, rules, config, documents);
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /** That a bundle was announced in a repository. */
  private record Announced(
      String conversionId, String place, Instant time, boolean built, boolean translated) {
    static Announced later(Announced one, Announced other) {
      return one.time.isBefore(other.time) ? other : one;
    }
  }

  /** All that is known of one manifest. */
  private static final class Group {
    private final String manifest;
    private final List<Announced> bundles = new ArrayList<>();
    private final Map<Rule, Set<String>> dooming = new TreeMap<>();
    private final Set<String> wanting = new HashSet<>();
    private boolean open;
    private boolean layersUnknown;

    Group(String manifest) {
      this.manifest = manifest;
    }

    void add(String[] fields) {
      switch (fields[1]) {
        case BUNDLE ->
            bundles.add(
                new Announced(
                    fields[2],
                    fields[3],
                    Fields.time(fields[4]),
                    Fields.flag(fields[5]),
                    Fields.flag(fields[6])));
        case DOOMED ->
            dooming.computeIfAbsent(Rule.ofRank(fields[2]), rule -> new TreeSet<>()).add(fields[3]);
        case LAYERS_UNKNOWN -> layersUnknown = true;
        default -> {
          wanting.add(fields[2]);
          open |= Fields.flag(fields[3]);
        }
      }
    }

    void mark(SortedLines marks, ImageRules rules, RetentionConfig config, Documents documents)
        throws IOException {
      Map<String, Announced> lastById = new TreeMap<>();
      bundles.forEach(one -> lastById.merge(one.conversionId(), one, Announced::later));
      Set<String> last = lastOfPlaces();
      for (Announced bundle : lastById.values()) {
        String name = ObjectKeys.bundle(bundle.conversionId());
        if (bundle.built()) {
          marks.add(MarkLines.announced(name));
        }
        boolean superseded =
            !open
                && !last.contains(bundle.conversionId())
                && rules.isOver(bundle.time(), config.supersededFor());
        if (wanting.isEmpty()) {
          doom(marks, name);
        } else if (superseded) {
          for (String place : wanting) {
            marks.add(MarkLines.doomed(name, Rule.SUPERSEDED, 0, MarkLines.shortPlace(place)));
          }
        } else {
          marks.add(MarkLines.wanted(name));
        }
        if (layersUnknown && !(wanting.isEmpty() && dooming.isEmpty())) {
          markLayers(marks, documents.layersOfBundle(bundle.conversionId()));
        }
      }
    }

    /**
     * The last bundle of each repository stays: the same image may have other options in another.
     * So does the last one with translations: it follows the one without, which is not replaced. A
     * conversion under way may be of any engine: all bundles of its image stay for now.
     */
    private Set<String> lastOfPlaces() {
      Set<String> last = new HashSet<>();
      for (boolean translated : new boolean[] {false, true}) {
        lastOfPlaces(bundles.stream().filter(one -> one.translated() == translated).toList())
            .forEach(one -> last.add(one.conversionId()));
      }
      return last;
    }

    private Collection<Announced> lastOfPlaces(List<Announced> some) {
      Map<String, Announced> lastByPlace = new HashMap<>();
      for (Announced bundle : some) {
        if (bundle.built() && wanting.contains(bundle.place())) {
          lastByPlace.merge(bundle.place(), bundle, Announced::later);
        }
      }
      if (lastByPlace.isEmpty()) {
        some.stream()
            .filter(Announced::built)
            .reduce(Announced::later)
            .ifPresent(one -> lastByPlace.put(one.place(), one));
      }
      return lastByPlace.values();
    }

    private void markLayers(SortedLines marks, List<Sha256Digest> layers) throws IOException {
      for (Sha256Digest layer : layers) {
        markPart(marks, ObjectKeys.layer(layer));
      }
      if (!layers.isEmpty()) {
        markPart(marks, ObjectKeys.rootfs(layers));
      }
    }

    private void markPart(SortedLines marks, String name) throws IOException {
      if (wanting.isEmpty()) {
        doom(marks, name);
      } else {
        marks.add(MarkLines.wanted(name));
      }
    }

    private void doom(SortedLines marks, String name) throws IOException {
      for (Map.Entry<Rule, Set<String>> one : dooming.entrySet()) {
        for (String place : one.getValue()) {
          marks.add(MarkLines.doomed(name, one.getKey(), 0, place));
        }
      }
    }
  }
}
