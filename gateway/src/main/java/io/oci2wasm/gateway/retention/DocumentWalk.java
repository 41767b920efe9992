package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds what images lead to, by their documents. In each turn a document is walked once, however
 * many images lead there.
 */
final class DocumentWalk {
  /**
   * So many documents wait at most to be walked. No image has nearly as many (ImageWalk in
   * pipeline-api refuses it); indexes within one another, pushed in malice, may.
   */
  private static final int MAX_WAITING = 200_000;

  private final Documents documents;
  private final DocumentTable table;
  private boolean complete;

  /** Told of what is found. */
  interface Sink {
    /** A manifest, index or config, which may be missing. */
    void document(Sha256Digest digest, int height) throws IOException;

    /** A layer as the registry served it. */
    void layer(Sha256Digest blob) throws IOException;

    /** A layer unpacked. */
    void diffId(Sha256Digest diffId) throws IOException;

    /** All layers of an image, unpacked, lowest first. */
    void rootfs(List<Sha256Digest> diffIds) throws IOException;

    /** What may have bundles; {@code layersKnown} tells whether its layers were found. */
    void manifest(Sha256Digest digest, boolean layersKnown) throws IOException;
  }

  DocumentWalk(Documents documents, DocumentTable table) {
    this.documents = documents;
    this.table = table;
  }

  /**
   * Walks from {@code root}.
   *
   * @param turn a number above 0: what was walked in it is passed by
   * @return whether every document was there. Of an image that is being ingested some may come yet;
   *     of a sparse index, or one with unwanted platforms, they never will.
   */
  boolean from(Sha256Digest root, int turn, Sink sink) throws IOException {
    complete = true;
    Deque<Step> path = new ArrayDeque<>();
    int waiting = enter(root, true, turn, path, sink, 0);
    while (!path.isEmpty()) {
      Step step = path.getLast();
      if (step.left.hasNext()) {
        waiting--;
        waiting += enter(step.left.next(), false, turn, path, sink, waiting);
      } else {
        path.removeLast();
        leave(step, sink);
      }
    }
    return complete;
  }

  /** How many more documents wait. */
  private int enter(
      Sha256Digest digest, boolean root, int turn, Deque<Step> path, Sink sink, int waiting)
      throws IOException {
    if (!table.enter(digest, turn)) {
      return 0;
    }
    Optional<DocumentContent> content = documents.read(digest);
    if (content.isEmpty()) {
      complete = false;
      sink.document(digest, 1);
      if (root) {
        // Its bundle may be there still.
        sink.manifest(digest, false);
      }
      return 0;
    }
    for (Sha256Digest layer : content.get().layers()) {
      sink.layer(layer);
    }
    for (Sha256Digest diffId : content.get().diffIds()) {
      sink.diffId(diffId);
    }
    if (!content.get().diffIds().isEmpty()) {
      sink.rootfs(content.get().diffIds());
    }
    List<Sha256Digest> children = content.get().children();
    int more = waiting + children.size() > MAX_WAITING ? 0 : children.size();
    path.addLast(
        new Step(
            digest,
            content.get().config(),
            more > 0 ? children : List.of(),
            root && children.isEmpty()));
    return more;
  }

  private void leave(Step step, Sink sink) throws IOException {
    int height = table.height(step.digest);
    if (height == 0) {
      height = 1;
      for (Sha256Digest child : step.children) {
        height = Math.max(height, table.height(child) + 1);
      }
      table.setHeight(step.digest, height);
    }
    sink.document(step.digest, height);
    Sha256Digest config = step.config;
    if (config != null) {
      Optional<DocumentContent> found = documents.read(config);
      sink.manifest(step.digest, found.isPresent() && !found.get().diffIds().isEmpty());
    } else if (step.leaf) {
      sink.manifest(step.digest, false);
    }
  }

  /** A document on the way from the root. */
  private static final class Step {
    private final Sha256Digest digest;
    private final @Nullable Sha256Digest config;
    private final List<Sha256Digest> children;
    private final Iterator<Sha256Digest> left;
    private final boolean leaf;

    Step(
        Sha256Digest digest,
        @Nullable Sha256Digest config,
        List<Sha256Digest> children,
        boolean leaf) {
      this.digest = digest;
      this.config = config;
      this.children = children;
      this.left = children.iterator();
      this.leaf = leaf;
    }
  }
}
