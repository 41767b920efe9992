package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.OciDocuments;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads documents in the store, and remembers some of them: those that were read last. */
final class Documents {
  /** So many digests, of about 150 bytes each, are remembered. */
  private static final int MAX_WEIGHT = 200_000;

  private final Bucket bucket;
  private final LinkedHashMap<Sha256Digest, DocumentContent> known =
      new LinkedHashMap<>(16, 0.75f, true);
  private long weight;

  Documents(Bucket bucket) {
    this.bucket = bucket;
  }

  /** What a document names; nothing where the store has no such document. */
  Optional<DocumentContent> read(Sha256Digest digest) throws IOException {
    DocumentContent content = known.get(digest);
    if (content != null) {
      return Optional.of(content);
    }
    Optional<byte[]> bytes = bucket.bytes(ObjectKeys.blob(digest), OciDocuments.MAX_MANIFEST_BYTES);
    return bytes.isEmpty() ? Optional.empty() : Optional.of(remember(digest, bytes.get()));
  }

  private DocumentContent remember(Sha256Digest digest, byte[] bytes) throws IOException {
    DocumentContent content = DocumentContent.parse(bytes);
    if (known.put(digest, content) == null) {
      weight += content.weight();
    }
    Iterator<DocumentContent> oldest = known.values().iterator();
    while (weight > MAX_WEIGHT && known.size() > 1) {
      weight -= oldest.next().weight();
      oldest.remove();
    }
    return content;
  }

  /** Reads many at once, with what they name, before each of them is asked for. */
  void prefetch(Collection<Sha256Digest> digests) throws IOException {
    List<Sha256Digest> roots = digests.stream().filter(one -> !known.containsKey(one)).toList();
    List<Sha256Digest> children =
        fetch(roots).stream()
            .flatMap(one -> one.children().stream().limit(16))
            .distinct()
            .filter(one -> !known.containsKey(one))
            .toList();
    List<DocumentContent> unused = fetch(children);
  }

  private List<DocumentContent> fetch(List<Sha256Digest> digests) throws IOException {
    Set<String> keys = digests.stream().map(ObjectKeys::blob).collect(Collectors.toSet());
    Map<String, byte[]> found = bucket.bytes(keys, OciDocuments.MAX_MANIFEST_BYTES);
    List<DocumentContent> contents = new ArrayList<>();
    for (Sha256Digest digest : digests) {
      byte[] bytes = found.get(ObjectKeys.blob(digest));
      if (bytes != null) {
        contents.add(remember(digest, bytes));
      }
    }
    return contents;
  }

  /** The layers that a bundle's own description names; none where there is no such bundle. */
  List<Sha256Digest> layersOfBundle(String conversionId) throws IOException {
    Optional<byte[]> description =
        bucket.bytes(ObjectKeys.bundleDescription(conversionId), OciDocuments.MAX_MANIFEST_BYTES);
    return description.isEmpty() ? List.of() : DocumentContent.layersOfBundle(description.get());
  }
}
