package io.oci2wasm.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;

/**
 * {@code GET /api/v1/bundles/{conversionId}}: the module, streamed from the object store; below it
 * {@code /provenance}: what it was made of.
 */
final class BundlesResource {
  private static final Pattern CONVERSION_ID = Pattern.compile("[0-9a-f]{64}");
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  /** An in-toto statement (attestation spec v1, envelope.md, "payloadType"). */
  private static final String STATEMENT = "application/vnd.in-toto+json";

  private final ObjectStore store;

  BundlesResource(ObjectStore store) {
    this.store = store;
  }

  void get(Context context) throws IOException {
    String id = id(context);
    byte[] description = description(id);
    JsonNode bundle = Json.MAPPER.readTree(description).path("bundle");
    String tag = '"' + bundle.path("digest").asText() + '"';
    context.header("ETag", tag).header("Cache-Control", "private, immutable, max-age=31536000");
    if (tag.equals(context.header("If-None-Match"))) {
      context.status(HttpStatus.NOT_MODIFIED);
      return;
    }
    InputStream module = store.get(ObjectKeys.bundleModule(id)).orElseThrow(() -> notFound(id));
    context
        .contentType("application/wasm")
        .header("Content-Length", Long.toString(bundle.path("size").asLong()))
        .result(module);
  }

  void provenance(Context context) throws IOException {
    String id = id(context);
    byte[] unused = description(id);
    byte[] statement =
        store
            .bytes(ObjectKeys.bundleProvenance(id), MAX_DESCRIPTION_BYTES)
            .orElseThrow(
                () ->
                    new ProblemException(
                        HttpStatus.NOT_FOUND,
                        "bundle "
                            + id
                            + ": found no provenance.json, as in bundles of older versions;"
                            + " remove its objects and push the image again"));
    context.contentType(STATEMENT).result(statement);
  }

  private static String id(Context context) {
    String id = context.pathParam("conversionId");
    if (!CONVERSION_ID.matcher(id).matches()) {
      throw notFound(id);
    }
    return id;
  }

  /** bundle.json is the commit marker: without it nothing else of the bundle may be whole. */
  private byte[] description(String id) throws IOException {
    return store
        .bytes(ObjectKeys.bundleDescription(id), MAX_DESCRIPTION_BYTES)
        .orElseThrow(() -> notFound(id));
  }

  private static ProblemException notFound(String id) {
    return new ProblemException(
        HttpStatus.NOT_FOUND,
        "bundle " + id + ": found none; the conversionId of a conversion in state built names one");
  }
}
