package io.oci2wasm.gateway.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.runtime.bundle.Bundles;
import io.oci2wasm.runtime.bundle.DamagedBundleException;
import io.oci2wasm.runtime.bundle.SplitBundle;
import io.oci2wasm.runtime.bundle.StoredBundle;
import io.oci2wasm.runtime.bundle.StoredFile;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET} and {@code HEAD /api/v1/bundles/{conversionId}}: the module, put together from the
 * object store; below it {@code /split} and {@code /data}: the same as two files, and {@code
 * /provenance}: what it was made of, and {@code /sbom}: what is in it.
 */
final class BundlesResource {
  private static final Pattern CONVERSION_ID = Pattern.compile("[0-9a-f]{64}");
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  /** An in-toto statement (attestation spec v1, envelope.md, "payloadType"). */
  private static final String STATEMENT = "application/vnd.in-toto+json";

  private static final String SBOM = "application/vnd.cyclonedx+json";
  private static final String WASM = "application/wasm";
  private static final String DATA = "application/octet-stream";

  private final ObjectStore store;
  private final Bundles bundles;

  /** Gives {@code length} bytes from {@code first} on. */
  private interface Content {
    InputStream open(long first, long length) throws IOException;
  }

  BundlesResource(ObjectStore store) {
    this.store = store;
    this.bundles = new Bundles(store);
  }

  void routes(RoutesConfig routes) {
    String path = "/api/v1/bundles/{conversionId}";
    routes.get(path, this::get);
    routes.head(path, this::get);
    routes.get(path + "/split", this::splitModule);
    routes.head(path + "/split", this::splitModule);
    routes.get(path + "/data", this::data);
    routes.head(path + "/data", this::data);
    routes.get(path + "/provenance", this::provenance);
    routes.head(path + "/provenance", this::provenance);
    routes.get(path + "/sbom", this::sbom);
    routes.head(path + "/sbom", this::sbom);
    routes.get(path + "/provenance/module", this::moduleProvenance);
    routes.head(path + "/provenance/module", this::moduleProvenance);
    routes.get(path + "/provenance/data", this::dataProvenance);
    routes.head(path + "/provenance/data", this::dataProvenance);
  }

  private void get(Context context) throws IOException {
    String id = id(context);
    StoredBundle bundle = bundle(id);
    bundle.moduleDigest().ifPresent(digest -> context.header("Repr-Digest", field(digest)));
    long size = bundle.sizeBytes();
    send(
        context,
        new Sent(WASM, bundle.name() + ".wasm", size, bundle.identity().toString()),
        (first, length) -> length == size ? bundle.open() : bundle.open(first, length));
  }

  private void splitModule(Context context) throws IOException {
    String id = id(context);
    StoredBundle bundle = bundle(id);
    if (bundle.data().isPresent()) {
      get(context);
      return;
    }
    SplitBundle.File module = split(id, bundle).module();
    send(
        context,
        new Sent(WASM, bundle.name() + ".wasm", module.sizeBytes(), bundle.splitTag()),
        module::open);
  }

  private void data(Context context) throws IOException {
    String id = id(context);
    StoredBundle bundle = bundle(id);
    String wanted = context.queryParam("recipe");
    if (wanted != null && !wanted.equals(bundle.splitTag())) {
      throw new ProblemException(
          HttpStatus.NOT_FOUND,
          String.format(
              "bundle %s: found one of the recipe %s, expected %s; get %s anew",
              id, bundle.splitTag(), wanted, "/api/v1/bundles/" + id + "/split"));
    }
    Optional<StoredFile> stored = bundle.data();
    if (stored.isPresent()) {
      StoredFile data = stored.get();
      data.digest().ifPresent(digest -> context.header("Repr-Digest", field(digest)));
      long size = data.sizeBytes();
      send(
          context,
          new Sent(DATA, bundle.dataName(), size, bundle.splitTag()),
          (first, length) -> length == size ? data.open() : data.open(first, length));
      return;
    }
    SplitBundle.File data = split(id, bundle).data();
    send(
        context,
        new Sent(DATA, bundle.dataName(), data.sizeBytes(), bundle.splitTag()),
        data::open);
  }

  private static SplitBundle split(String id, StoredBundle bundle) throws IOException {
    try {
      return bundle
          .split(bundle.dataName())
          .orElseThrow(
              () ->
                  new ProblemException(
                      HttpStatus.NOT_FOUND,
                      String.format(
                          "bundle %s: found one module, as in bundles of older versions, which is"
                              + " not split; get %s, or convert the image again",
                          id, "/api/v1/bundles/" + id)));
    } catch (DamagedBundleException e) {
      throw damaged(e);
    }
  }

  /** As RFC 9530 has it. */
  private static String field(Sha256Digest digest) {
    byte[] raw = HexFormat.of().parseHex(digest.hex());
    return "sha-256=:" + Base64.getEncoder().encodeToString(raw) + ":";
  }

  /** What is sent, as a file; {@code tag} is another one for other bytes. */
  private record Sent(String contentType, String fileName, long sizeBytes, String tag) {}

  private static void send(Context context, Sent sent, Content content) throws IOException {
    String tag = '"' + sent.tag() + '"';
    if (isKnown(context.header("If-None-Match"), tag)) {
      identify(context, tag).status(HttpStatus.NOT_MODIFIED);
      return;
    }
    long size = sent.sizeBytes();
    Optional<ByteRange> range = range(context, size, tag);
    long first = range.map(ByteRange::first).orElse(0L);
    long length = range.map(ByteRange::length).orElse(size);
    if (!isHead(context)) {
      context.result(begun(content.open(first, length)));
    }
    if (range.isPresent()) {
      context.status(HttpStatus.PARTIAL_CONTENT).header("Content-Range", range.get().of(size));
    }
    identify(context, tag)
        .header("Accept-Ranges", "bytes")
        .contentType(sent.contentType())
        .header("Content-Disposition", "attachment; filename=\"" + sent.fileName() + '"')
        .header("Content-Length", Long.toString(length));
  }

  private static Context identify(Context context, String tag) {
    return context
        .header("ETag", tag)
        .header("Cache-Control", "private, immutable, max-age=31536000");
  }

  /** The same bytes, of which the first is there: what fails before it becomes a status. */
  private static InputStream begun(InputStream content) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(content);
    try {
      buffered.mark(1);
      int unused = buffered.read();
      buffered.reset();
      return buffered;
    } catch (DamagedBundleException e) {
      buffered.close();
      throw damaged(e);
    } catch (IOException e) {
      buffered.close();
      throw e;
    }
  }

  private static ProblemException damaged(DamagedBundleException e) {
    return new ProblemException(HttpStatus.INTERNAL_SERVER_ERROR, String.valueOf(e.getMessage()));
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

  private void sbom(Context context) throws IOException {
    String id = id(context);
    requireBundle(id);
    String key = ObjectKeys.bundleSbom(id);
    long size = store.head(key).orElseThrow(() -> noSbom(id)).size();
    context
        .contentType(SBOM)
        .header(
            "Content-Disposition", "attachment; filename=\"" + id.substring(0, 12) + ".cdx.json\"")
        .header("Content-Length", Long.toString(size));
    if (!isHead(context)) {
      context.result(store.get(key, 0).orElseThrow(() -> noSbom(id)));
    }
  }

  private static ProblemException noSbom(String id) {
    return new ProblemException(
        HttpStatus.NOT_FOUND,
        String.format(
            "bundle %s: found no bill of materials, as in bundles of older versions; convert the"
                + " image again with force",
            id));
  }

  private void dataProvenance(Context context) throws IOException {
    String id = id(context);
    requireBundle(id);
    send(
        context,
        bundles
            .dataStatement(id)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        String.format(
                            "bundle %s: found no statement about a data file: the bundle is not"
                                + " split in the store, or nobody has downloaded the whole file"
                                + " yet; get %s, then ask again",
                            id, "/api/v1/bundles/" + id + "/data"))));
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
      throw damaged(e);
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
