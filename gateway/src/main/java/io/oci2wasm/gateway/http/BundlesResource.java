package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.bundle.Bundles;
import io.oci2wasm.runtime.bundle.DamagedBundleException;
import io.oci2wasm.runtime.bundle.StoredBundle;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET} and {@code HEAD /api/v1/bundles/{conversionId}}: the module, put together from the
 * object store; below it {@code /provenance}: what it was made of.
 */
final class BundlesResource {
  private static final Pattern CONVERSION_ID = Pattern.compile("[0-9a-f]{64}");
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  /** An in-toto statement (attestation spec v1, envelope.md, "payloadType"). */
  private static final String STATEMENT = "application/vnd.in-toto+json";

  private final ObjectStore store;
  private final Bundles bundles;

  BundlesResource(ObjectStore store) {
    this.store = store;
    this.bundles = new Bundles(store);
  }

  void routes(RoutesConfig routes) {
    String path = "/api/v1/bundles/{conversionId}";
    routes.get(path, this::get);
    routes.head(path, this::get);
    routes.get(path + "/provenance", this::provenance);
    routes.head(path + "/provenance", this::provenance);
    routes.get(path + "/provenance/module", this::moduleProvenance);
    routes.head(path + "/provenance/module", this::moduleProvenance);
  }

  private void get(Context context) throws IOException {
    String id = id(context);
    StoredBundle bundle = bundle(id);
    String tag = '"' + bundle.identity().toString() + '"';
    context
        .header("ETag", tag)
        .header("Cache-Control", "private, immutable, max-age=31536000")
        .header("Accept-Ranges", "bytes");
    bundle.moduleDigest().ifPresent(digest -> context.header("Repr-Digest", field(digest)));
    if (isKnown(context.header("If-None-Match"), tag)) {
      context.status(HttpStatus.NOT_MODIFIED);
      return;
    }
    context
        .contentType("application/wasm")
        .header("Content-Disposition", "attachment; filename=\"" + fileName(id, bundle) + '"');
    send(context, bundle, tag);
  }

  /** As RFC 9530 has it. */
  private static String field(Sha256Digest digest) {
    byte[] raw = HexFormat.of().parseHex(digest.hex());
    return "sha-256=:" + Base64.getEncoder().encodeToString(raw) + ":";
  }

  private static void send(Context context, StoredBundle bundle, String tag) throws IOException {
    long size = bundle.sizeBytes();
    Optional<ByteRange> range = range(context, size, tag);
    long first = range.map(ByteRange::first).orElse(0L);
    long length = range.map(ByteRange::length).orElse(size);
    if (range.isPresent()) {
      context.status(HttpStatus.PARTIAL_CONTENT).header("Content-Range", range.get().of(size));
    }
    context.header("Content-Length", Long.toString(length));
    if (!isHead(context)) {
      context.result(length == size ? bundle.open() : bundle.open(first, length));
    }
  }

  /** Ranges are of {@code GET} alone (RFC 9110, section 14.2). */
  private static Optional<ByteRange> range(Context context, long size, String tag) {
    String onlyIf = context.header("If-Range");
    if (isHead(context) || (onlyIf != null && !onlyIf.strip().equals(tag))) {
      return Optional.empty();
    }
    try {
      return ByteRange.parse(context.header("Range"), size);
    } catch (ByteRange.UnsatisfiableException e) {
      context.header("Content-Range", "bytes */" + size);
      throw new ProblemException(
          HttpStatus.RANGE_NOT_SATISFIABLE,
          String.format(
              "%s: found Range: %s, expected one within %s bytes",
              context.path(), context.header("Range"), size));
    }
  }

  private static boolean isHead(Context context) {
    return context.req().getMethod().equals("HEAD");
  }

  /** RFC 9110, section 13.1.2: weakly compared. */
  private static boolean isKnown(@Nullable String tags, String tag) {
    return tags != null
        && Arrays.stream(tags.split(","))
            .map(one -> one.strip().replaceFirst("^W/", ""))
            .anyMatch(one -> one.equals("*") || one.equals(tag));
  }

  /** E.g. {@code bundle-7659a3f6084e-linux-riscv64.wasm}: what is in it, and which one. */
  private static String fileName(String id, StoredBundle bundle) {
    String platform =
        bundle.description().path("platform").asText().replaceAll("[^A-Za-z0-9.]+", "-");
    return "bundle-" + id.substring(0, 12) + (platform.isEmpty() ? "" : "-" + platform) + ".wasm";
  }

  private void provenance(Context context) throws IOException {
    String id = id(context);
    requireBundle(id);
    send(
        context,
        store
            .bytes(ObjectKeys.bundleProvenance(id), MAX_DESCRIPTION_BYTES)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        String.format(
                            "bundle %s: found no provenance.json, as in bundles of older versions;"
                                + " remove its objects and push the image again",
                            id))));
  }

  private void moduleProvenance(Context context) throws IOException {
    String id = id(context);
    requireBundle(id);
    send(
        context,
        bundles
            .moduleStatement(id)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        String.format(
                            "bundle %s: found no statement about its module, whose digest nobody"
                                + " has computed yet; download the whole module, then ask again",
                            id))));
  }

  private static void send(Context context, byte[] statement) {
    context.contentType(STATEMENT).header("Content-Length", Integer.toString(statement.length));
    if (!isHead(context)) {
      context.result(statement);
    }
  }

  private static String id(Context context) {
    String id = context.pathParam("conversionId");
    if (!CONVERSION_ID.matcher(id).matches()) {
      throw notFound(id);
    }
    return id;
  }

  private StoredBundle bundle(String id) throws IOException {
    try {
      return bundles.find(id).orElseThrow(() -> notFound(id));
    } catch (DamagedBundleException e) {
      throw new ProblemException(HttpStatus.INTERNAL_SERVER_ERROR, String.valueOf(e.getMessage()));
    }
  }

  /** bundle.json is the commit marker: without it nothing else of the bundle may be whole. */
  private void requireBundle(String id) throws IOException {
    if (store.head(ObjectKeys.bundleDescription(id)).isEmpty()) {
      throw notFound(id);
    }
  }

  private static ProblemException notFound(String id) {
    return new ProblemException(
        HttpStatus.NOT_FOUND,
        "bundle " + id + ": found none; the conversionId of a conversion in state built names one");
  }
}
