package io.oci2wasm.converter.bundle;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.recipe.DataFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code bundle.json}: what went into a bundle (docs/FORMATS.md, "Objects"). Its JSON form is
 * always the same bytes for the same content.
 *
 * @param layers the diffIDs, lowest layer first
 * @param packer the packer version; absent in bundles of converter version 1
 * @param options absent where there are none
 * @param data absent in a bundle of one file
 * @param bundle of a module that is a file; absent in the copy that the module itself carries
 * @param recipe of a bundle in the store; absent in the copy that the module itself carries
 */
@JsonPropertyOrder({
  "schema",
  "conversionId",
  "platform",
  "manifestDigest",
  "configDigest",
  "layers",
  "converterVersion",
  "packer",
  "options",
  "engine",
  "rootfs",
  "components",
  "data",
  "bundle",
  "recipe"
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BundleDescription(
    int schema,
    String conversionId,
    Platform platform,
    Sha256Digest manifestDigest,
    Sha256Digest configDigest,
    List<Sha256Digest> layers,
    String converterVersion,
    @Nullable String packer,
    @Nullable ConversionOptions options,
    EngineUsed engine,
    Rootfs rootfs,
    List<Component> components,
    @Nullable Data data,
    @Nullable Module bundle,
    @Nullable StoredRecipe recipe) {
  public static final int SCHEMA = 1;

  public BundleDescription {
    layers = List.copyOf(layers);
    components = List.copyOf(components);
    options = ConversionOptions.NONE.equals(options) ? null : options;
  }

  /** The engine inside, by version and by digest and size of its {@code engine.wasm}. */
  public record EngineUsed(String version, Sha256Digest digest, long size) {}

  /** The EROFS image: its size in bytes for the guest, and its number of files. */
  public record Rootfs(long size, long files) {}

  /**
   * The data file of a split bundle: its name, its size in bytes and its {@link DataFile#identity}.
   */
  public record Data(String file, long size, Sha256Digest identity) {
    public static Data of(DataFile file) {
      return new Data(file.name(), file.sizeBytes(), file.identity());
    }
  }

  /** The module: digest and size in bytes. */
  public record Module(Sha256Digest digest, long size) {}

  /** The recipe: digest and size of {@code recipe.json}, and the size of what it gives. */
  public record StoredRecipe(Sha256Digest digest, long size, long moduleSize) {}

  /** This description, of a split bundle with this data file. */
  @JsonIgnore
  public BundleDescription withData(Data file) {
    return with(file, bundle, recipe);
  }

  /** This description, with the finished module named. */
  @JsonIgnore
  public BundleDescription withBundle(Module module) {
    return with(data, module, null);
  }

  /** This description, with the recipe named. */
  @JsonIgnore
  public BundleDescription withRecipe(StoredRecipe one) {
    return with(data, null, one);
  }

  private BundleDescription with(
      @Nullable Data file, @Nullable Module module, @Nullable StoredRecipe one) {
    return new BundleDescription(
        schema,
        conversionId,
        platform,
        manifestDigest,
        configDigest,
        layers,
        converterVersion,
        packer,
        options,
        engine,
        rootfs,
        components,
        file,
        module,
        one);
  }

  /** The JSON text, UTF-8. {@link #parse} gives an equal description back. */
  public byte[] toJson() {
    try {
      return Json.MAPPER.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a record of strings and numbers is always JSON", e);
    }
  }

  /**
   * Reads a {@code bundle.json}.
   *
   * @throws IOException if it is none
   */
  public static BundleDescription parse(byte[] json) throws IOException {
    return Json.MAPPER.readValue(json, BundleDescription.class);
  }
}
