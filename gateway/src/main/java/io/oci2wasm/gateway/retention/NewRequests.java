package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Requests that arrive during a run: their images are wanted now. */
final class NewRequests implements AutoCloseable {
  /** Facts come late: of their past so much is asked for again, or the grace if that is less. */
  private static final Duration OVERLAP = Duration.ofMinutes(1);

  private static final int MAX_NAMES = 400_000;

  private final ImageFacts facts;
  private final Documents documents;
  private final DocumentWalk walk;
  private final DocumentTable table;
  private final Duration overlap;
  private final Set<String> wanted = new HashSet<>();
  private final Set<String> unresolved = new HashSet<>();
  private final Map<String, Integer> turns = new HashMap<>();
  private int lastTurn;
  private Set<Root> incomplete = new LinkedHashSet<>();
  private Instant lookedAt;

  /** An image of a repository. */
  record Root(String registry, String repository, Sha256Digest digest) {
    String place() {
      return registry + "/" + repository;
    }
  }

  /**
   * From {@code start} on.
   *
   * @param incomplete images under way then, whose content is still coming
   */
  NewRequests(
      ImageFacts facts,
      Documents documents,
      Duration grace,
      Instant start,
      Collection<Root> incomplete,
      Path directory)
      throws IOException {
    this.facts = facts;
    this.documents = documents;
    this.table = new DocumentTable(directory);
    this.walk = new DocumentWalk(documents, table);
    this.overlap = grace.compareTo(OVERLAP) < 0 ? grace : OVERLAP;
    this.lookedAt = start;
    this.incomplete.addAll(incomplete);
  }

  /** Looks again, also at images whose content is still coming. */
  void refresh(Instant time) throws IOException {
    Set<Root> again = incomplete;
    incomplete = new LinkedHashSet<>();
    for (Root root : again) {
      turns.remove(root.place());
    }
    facts.requestsSince(
        lookedAt.minus(overlap),
        request -> {
          if (request.digest() != null) {
            again.add(new Root(request.registry(), request.repository(), request.digest()));
          } else if (request.open()) {
            unresolved.add(MarkLines.shortPlace(request.place()));
          }
        });
    lookedAt = time;
    List<Sha256Digest> manifests = new ArrayList<>();
    List<Sha256Digest> layersUnknown = new ArrayList<>();
    for (Root root : again) {
      int turn = turns.computeIfAbsent(root.place(), any -> ++lastTurn);
      if (!walk.from(root.digest(), turn, new Wanted(root, manifests, layersUnknown))) {
        incomplete.add(root);
      }
    }
    facts.bundles(manifests).forEach(id -> wanted.add(ObjectKeys.bundle(id)));
    for (String id : facts.bundles(layersUnknown)) {
      wanted.add(ObjectKeys.bundle(id));
      List<Sha256Digest> layers = documents.layersOfBundle(id);
      layers.forEach(layer -> wanted.add(ObjectKeys.layer(layer)));
      wanted.add(ObjectKeys.rootfs(layers));
    }
    if (wanted.size() > MAX_NAMES) {
      throw new IOException(
          String.format(
              "retention: found new requests for over %d objects since it began, expected fewer;"
                  + " run it when less is pushed",
              MAX_NAMES));
    }
  }

  /**
   * Whether somebody wants it by now, or may: any image of a repository may be what a tag names.
   */
  boolean wants(Removal removal) {
    return wanted.contains(removal.name())
        || (!unresolved.isEmpty()
            && removal.places().stream()
                .anyMatch(place -> place.equals(MarkReader.ANY) || unresolved.contains(place)));
  }

  @Override
  public void close() throws IOException {
    table.close();
  }

  private final class Wanted implements DocumentWalk.Sink {
    private final Root root;
    private final List<Sha256Digest> manifests;
    private final List<Sha256Digest> layersUnknown;

    Wanted(Root root, List<Sha256Digest> manifests, List<Sha256Digest> layersUnknown) {
      this.root = root;
      this.manifests = manifests;
      this.layersUnknown = layersUnknown;
    }

    @Override
    public void document(Sha256Digest digest, int height) {
      wanted.add(ObjectKeys.blob(digest));
      wanted.add(ObjectKeys.served(root.registry(), root.repository(), digest));
    }

    @Override
    public void layer(Sha256Digest blob) {
      wanted.add(ObjectKeys.blob(blob));
      wanted.add(ObjectKeys.diffId(blob));
      wanted.add(ObjectKeys.served(root.registry(), root.repository(), blob));
    }

    @Override
    public void diffId(Sha256Digest diffId) {
      wanted.add(ObjectKeys.layer(diffId));
    }

    @Override
    public void rootfs(List<Sha256Digest> diffIds) {
      wanted.add(ObjectKeys.rootfs(diffIds));
    }

    @Override
    public void manifest(Sha256Digest digest, boolean layersKnown) {
      (layersKnown ? manifests : layersUnknown).add(digest);
    }
  }
}
