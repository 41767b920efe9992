package io.oci2wasm.gateway.state.conversion;

import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsFirst;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.BundleBuilt;
import io.oci2wasm.api.event.BundleBuilt.Layers;
import io.oci2wasm.api.event.BundleBuilt.StoredBundle;
import io.oci2wasm.api.event.BundleBuilt.StoredData;
import io.oci2wasm.api.event.BundleBuilt.StoredRecipe;
import io.oci2wasm.api.event.Translated;
import java.util.Comparator;
import java.util.List;
import org.jdbi.v3.core.mapper.PropagateNull;
import org.jspecify.annotations.Nullable;

/** The result of a conversion, as the API shows it and as columns of its row. */
public record Result(
    @JsonIgnore @PropagateNull String conversionId,
    @JsonIgnore boolean reused,
    @JsonIgnore int layerCount,
    @JsonIgnore int layersConverted,
    @JsonIgnore @Nullable String bundleKey,
    @JsonIgnore @Nullable Sha256Digest bundleDigest,
    @JsonIgnore long bundleSize,
    @JsonIgnore @Nullable String dataFile,
    @JsonIgnore @Nullable Long dataSize,
    @JsonIgnore @Nullable Sha256Digest recipeDigest,
    @JsonIgnore @Nullable Long recipeSize,
    @JsonIgnore @Nullable String translatedFrom,
    @JsonIgnore @Nullable String trainingCommands,
    @JsonIgnore @Nullable Double fasterBy,
    @JsonIgnore @Nullable Boolean simd) {
  /** Of several announcements the one that made the bundle says most; then any, always the same. */
  private static final Comparator<Result> TELLING =
      Comparator.comparing((Result result) -> !result.reused)
          .thenComparing(Result::layersConverted)
          .thenComparing(Result::conversionId)
          .thenComparing(Result::recipeDigest, nullsFirst(naturalOrder()))
          .thenComparing(Result::bundleDigest, nullsFirst(naturalOrder()))
          .thenComparing(Result::bundleKey, nullsFirst(naturalOrder()))
          .thenComparing(Result::dataFile, nullsFirst(naturalOrder()))
          .thenComparing(Result::translatedFrom, nullsFirst(naturalOrder()))
          .thenComparing(Result::trainingCommands, nullsFirst(naturalOrder()))
          .thenComparing(Result::fasterBy, nullsFirst(naturalOrder()))
          .thenComparing(Result::simd, nullsFirst(naturalOrder()));

  static Result of(BundleBuilt built) {
    StoredRecipe recipe = built.recipe();
    StoredData data = built.bundle().data();
    Translated translated = built.translated();
    return new Result(
        built.conversionId(),
        built.reused(),
        built.layers().count(),
        built.layers().converted(),
        built.bundle().objectKey(),
        built.bundle().digest(),
        built.bundle().size(),
        data == null ? null : data.file(),
        data == null ? null : data.size(),
        recipe == null ? null : recipe.digest(),
        recipe == null ? null : recipe.size(),
        translated == null ? null : translated.from(),
        translated == null ? null : json(translated.commands()),
        translated == null ? null : translated.fasterBy(),
        translated == null ? null : translated.simd());
  }

  Layers layers() {
    return new Layers(layerCount, layersConverted);
  }

  @JsonProperty
  public StoredBundle bundle() {
    StoredData data =
        dataFile == null || dataSize == null ? null : new StoredData(dataFile, dataSize);
    return new StoredBundle(bundleKey, bundleDigest, bundleSize, data);
  }

  /** Of all files of the bundle. */
  @JsonIgnore
  public long bytes() {
    return bundleSize + (dataSize == null ? 0 : dataSize);
  }

  @JsonProperty
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public @Nullable StoredRecipe recipe() {
    return recipeDigest == null || recipeSize == null
        ? null
        : new StoredRecipe(recipeDigest, recipeSize);
  }

  /** What its translations come from; null of a bundle without them. */
  @JsonProperty
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public @Nullable Translated translated() {
    return translatedFrom == null
        ? null
        : new Translated(translatedFrom, commands(trainingCommands), simd, fasterBy);
  }

  private static String json(List<String> commands) {
    try {
      return Json.MAPPER.writeValueAsString(commands);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a list of texts is always JSON", e);
    }
  }

  private static List<String> commands(@Nullable String json) {
    try {
      return json == null ? List.of() : List.of(Json.MAPPER.readValue(json, String[].class));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("database: found commands that are no list of texts", e);
    }
  }

  static @Nullable Result better(@Nullable Result one, @Nullable Result other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return TELLING.compare(one, other) >= 0 ? one : other;
  }
}
