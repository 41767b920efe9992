package io.oci2wasm.converter.provenance;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * {@code provenance.json}: an in-toto statement (attestation spec v1, statement.md) that ties a
 * bundle's digest to everything that went into it (docs/FORMATS.md, "Provenance"). It is not signed
 * here: whoever holds a key puts it into an envelope (DSSE).
 */
@JsonPropertyOrder({"_type", "subject", "predicateType", "predicate"})
public record Statement(
    @JsonProperty("_type") String type,
    List<Resource> subject,
    String predicateType,
    Predicate predicate) {
  /** What HTTP calls the JSON form (in-toto attestation spec v1, envelope.md). */
  public static final String MEDIA_TYPE = "application/vnd.in-toto+json";

  static final String TYPE = "https://in-toto.io/Statement/v1";
  static final String PREDICATE_TYPE = "https://slsa.dev/provenance/v1";
  static final String BUILD_TYPE = "https://oci2wasm.io/build-types/convert/v1";

  private static final String WASM = "application/wasm";
  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";

  public Statement {
    Objects.requireNonNull(subject, "statement: found no subject");
    Objects.requireNonNull(predicate, "statement: found no predicate");
    subject = List.copyOf(subject);
  }

  /**
   * The statement about one module.
   *
   * @param module of the bundle that {@code image} became by {@code engine} and {@code options}
   */
  public static Statement of(
      Builder builder,
      PlatformImage image,
      Engine engine,
      ConversionOptions options,
      BundleDescription.Module module) {
    return of(builder, image, engine, options, Resource.of("bundle.wasm", module.digest(), WASM));
  }

  /** The same about its recipe. */
  public static Statement of(
      Builder builder,
      PlatformImage image,
      Engine engine,
      ConversionOptions options,
      BundleDescription.StoredRecipe recipe) {
    return of(builder, image, engine, options, Resource.of("recipe.json", recipe.digest(), JSON));
  }

  private static Statement of(
      Builder builder,
      PlatformImage image,
      Engine engine,
      ConversionOptions options,
      Resource subject) {
    return new Statement(
        TYPE,
        List.of(subject),
        PREDICATE_TYPE,
        new Predicate(
            new Predicate.BuildDefinition(
                BUILD_TYPE,
                new Predicate.Parameters(image.descriptor().digest(), image.platform(), options),
                dependencies(image, engine, options)),
            new Predicate.RunDetails(builder)));
  }

  private static List<Resource> dependencies(
      PlatformImage image, Engine engine, ConversionOptions options) {
    Descriptor manifest = image.descriptor();
    Descriptor config = image.manifest().config();
    List<Resource> all = new ArrayList<>();
    // A docker archive has no manifest: its config stands for it.
    if (!manifest.digest().equals(config.digest())) {
      all.add(Resource.of("manifest", manifest.digest(), manifest.mediaType()));
    }
    all.add(Resource.of("config", config.digest(), config.mediaType()));
    for (Descriptor layer : image.manifest().layers()) {
      all.add(Resource.of("layer", layer.digest(), layer.mediaType()));
    }
    all.add(
        Resource.of(
            "engine.wasm", engine.untranslated(), WASM, Map.of("version", engine.version())));
    if (options.translation() != null) {
      all.add(Resource.of("training log", options.translation(), BYTES));
    }
    engine.kernelSource().ifPresent(uri -> all.add(Resource.at("kernel source", uri)));
    return all;
  }

  /** Whether this statement is about the bundle with this digest. */
  public boolean isAbout(Sha256Digest module) {
    return subject.stream().anyMatch(one -> module.hex().equals(one.digest().get("sha256")));
  }

  /** The JSON text, UTF-8. {@link #parse} gives an equal statement back. */
  public byte[] toJson() {
    try {
      return Json.MAPPER.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a record of strings is always JSON", e);
    }
  }

  /**
   * Reads a {@code provenance.json}.
   *
   * @throws IOException if it is none
   */
  public static Statement parse(byte[] json) throws IOException {
    Statement parsed = Json.MAPPER.readValue(json, Statement.class);
    if (parsed == null) {
      throw new IOException("statement: found null");
    }
    return parsed;
  }
}
