package io.oci2wasm.buildworker.step;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.EngineAge;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.buildworker.step.ConversionMetrics.Result;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.ConversionId;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.convert.RecipeResult;
import io.oci2wasm.converter.convert.RootfsStore;
import io.oci2wasm.converter.provenance.Builder;
import io.oci2wasm.converter.provenance.Statement;
import io.oci2wasm.converter.sbom.Sbom;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.bundle.Bundles;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import io.oci2wasm.runtime.store.StoreCalls;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Makes sure that the bundle of one platform manifest, engine and set of options is in the object
 * store. Its parts are written first, then its recipe, provenance and bill of materials; {@code
 * bundle.json} makes them count. Two requests for one conversion in this process wait for one
 * another, so that the second finds the bundle there; in two processes the second is put off. If
 * both convert all the same, they make the same bytes.
 */
public final class BuildBundleStep {
  private static final Logger LOGGER = LoggerFactory.getLogger(BuildBundleStep.class);
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  /** How long to wait for what another worker makes; each time longer, as for other retries. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Tools tools;
  private final ObjectStore store;
  private final Bundles bundles;
  private final Set<String> underway = new HashSet<>();

  public BuildBundleStep(Tools tools) {
    this.tools = tools;
    this.store = tools.store();
    this.bundles = new Bundles(tools.store());
  }

  /**
   * What the step works with.
   *
   * @param usual converter and filesystems of every conversion
   * @param repairing those of a forced one, which write everything anew
   * @param translated what makes the engines of bundles that have translations
   * @param materialize whether modules are stored beside their recipes, where no rule says so
   */
  public record Tools(
      ObjectStore store,
      ImageContent content,
      Conversions usual,
      Conversions repairing,
      TranslatedEngines translated,
      String packerVersion,
      Materialize materialize,
      Builder builder,
      ConversionGuard guard,
      Claims claims,
      ConversionMetrics metrics,
      Clock clock) {}

  /** An image on its way into a bundle. */
  private record Conversion(String id, PlatformResolved event, PlatformImage image, Engine engine) {

    ConversionOptions options() {
      return event.optionsOrNone();
    }

    boolean isForced() {
      return BuildBundleStep.isForced(event);
    }

    Conversion with(Engine other) {
      return new Conversion(id, event, image, other);
    }
  }

  /** What makes recipes. */
  public record Conversions(ImageConverter converter, RootfsStore filesystems) {}

  /**
   * A bundle in the store.
   *
   * @param moduleKey where its module lies, if it does
   * @param moduleDigest if it is known
   * @param reused whether it was there before
   */
  public record StoredConversion(
      BundleDescription description,
      BundleDescription.StoredRecipe recipe,
      @Nullable String moduleKey,
      @Nullable Sha256Digest moduleDigest,
      int layersConverted,
      boolean reused) {}

  /**
   * Finds or makes the bundle; with force, makes it even if it is there. The conversion's id stays
   * in the MDC, for what is logged of the event from here on.
   *
   * @throws RejectedException if the image cannot be converted
   * @throws UnderwayException if another worker converts it
   */
  public StoredConversion call(PlatformResolved event, Engine engine)
      throws RejectedException, IOException, InterruptedException {
    String id =
        ConversionId.of(
            event.manifest().digest(),
            engine.digest(),
            event.optionsOrNone(),
            tools.packerVersion());
    MDC.put(LogKeys.CONVERSION_ID, id);
    begin(id);
    Future<PlatformImage> reading =
        store.beside(
            () -> PlatformManifests.image(tools.content(), event.manifest(), event.platform()));
    try {
      Optional<BundleDescription> existing = described(id, isForced(event));
      if (isWhole(existing, event)) {
        return reused(existing.get(), event);
      }
      PlatformImage image = StoreCalls.answer(reading, RejectedException.class);
      Conversion conversion = new Conversion(id, event, image, engine);
      Optional<RecipeResult> known = known(conversion);
      return known.isPresent()
          ? write(conversion, known.get(), existing, null)
          : claimed(conversion);
    } finally {
      reading.cancel(true);
      end(id);
    }
  }

  /** What is left to do then is writing small documents: a claim would cost more than that. */
  private Optional<RecipeResult> known(Conversion conversion)
      throws RejectedException, IOException {
    return conversion.isForced() || conversion.options().translation() != null
        ? Optional.empty()
        : tools
            .usual()
            .converter()
            .knownRecipe(
                conversion.image(),
                conversion.engine(),
                conversion.options(),
                tools.usual().filesystems());
  }

  /**
   * What is forced is made, whether it is there or not. Where a part is gone nothing is certain.
   */
  private boolean isWhole(Optional<BundleDescription> existing, PlatformResolved event)
      throws IOException {
    if (isForced(event) || existing.isEmpty()) {
      return false;
    }
    boolean whole = isWhole(existing.get());
    if (!whole) {
      store.looks().forget();
    }
    return whole;
  }

  private StoredConversion reused(BundleDescription existing, PlatformResolved event)
      throws IOException {
    tools.metrics().conversion(event, Result.REUSED);
    return stored(existing, event, 0, true);
  }

  private StoredConversion claimed(Conversion conversion)
      throws RejectedException, IOException, InterruptedException {
    PlatformResolved event = conversion.event();
    String what = "converting " + conversion.image().descriptor().digest();
    Optional<Claims.Claim> claim = tools.claims().take(conversion.id());
    if (claim.isEmpty()) {
      tools.metrics().conversion(event, Result.ELSEWHERE);
      throw new UnderwayException(what + ": another worker is at it", LOOK_AGAIN);
    }
    try {
      // Another worker may have made it, and given its claim back, since it was not found.
      Optional<BundleDescription> existing = described(conversion.id(), conversion.isForced());
      return isWhole(existing, event)
          ? reused(existing.get(), event)
          : tools.guard().watch(what, () -> make(conversion, claim.get()));
    } finally {
      claim.get().release();
    }
  }

  private synchronized void begin(String id) throws InterruptedException {
    while (!underway.add(id)) {
      wait();
    }
  }

  private synchronized void end(String id) {
    underway.remove(id);
    notifyAll();
  }

  /**
   * The bundle's description, if there is one; the bundle need not be whole. A damaged description
   * keeps no forced conversion from writing it anew.
   */
  private Optional<BundleDescription> described(String id, boolean forced) throws IOException {
    String key = ObjectKeys.bundleDescription(id);
    Optional<byte[]> json = store.bytes(key, MAX_DESCRIPTION_BYTES);
    if (json.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(BundleDescription.parse(json.get()));
    } catch (JsonProcessingException e) {
      if (forced) {
        return Optional.empty();
      }
      throw new IOException(
          String.format(
              "object store, reading %s: found %s, expected a bundle's description; convert the"
                  + " image again with force",
              key, e.getOriginalMessage()),
          e);
    }
  }

  /** Retention removes the description first, but a bundle may be written anew in between. */
  private boolean isWhole(BundleDescription description) throws IOException {
    BundleDescription.StoredRecipe recipe = description.recipe();
    if (recipe == null
        || store
            .head(ObjectKeys.bundleRecipe(description.conversionId()))
            .filter(one -> one.size() == recipe.size())
            .isEmpty()) {
      return false;
    }
    List<String> parts = parts(description);
    return missing(parts, store.heads(parts)).isEmpty();
  }

  /** Markers first: where one is gone, the rest is going. */
  private static List<String> parts(BundleDescription description) {
    List<String> parts = markers(description);
    parts.addAll(contents(description));
    return parts;
  }

  /** What a recipe may name, by its description, besides the {@link #markers}. */
  private static List<String> contents(BundleDescription description) {
    String packer = Objects.requireNonNull(description.packer());
    List<String> contents = new ArrayList<>();
    contents.add(
        ObjectKeys.rootfsMetadata(description.layers(), packer, description.converterVersion()));
    for (Sha256Digest layer : new LinkedHashSet<>(description.layers())) {
      contents.add(ObjectKeys.layerData(layer, packer));
    }
    return contents;
  }

  /**
   * The engine, and the commit markers of the filesystem and the layers: retention removes these
   * first, and the rest a moment later.
   */
  private static List<String> markers(BundleDescription description) {
    String packer = Objects.requireNonNull(description.packer());
    List<String> markers = new ArrayList<>();
    markers.add(ObjectKeys.engine(description.engine().digest()));
    markers.add(
        ObjectKeys.rootfsLayout(description.layers(), packer, description.converterVersion()));
    for (Sha256Digest layer : new LinkedHashSet<>(description.layers())) {
      markers.add(ObjectKeys.layerIndex(layer, packer));
    }
    return markers;
  }

  /** The first of these objects that was not found. */
  private static Optional<String> missing(List<String> keys, List<Optional<ObjectInfo>> found) {
    for (int i = 0; i < keys.size(); i++) {
      if (found.get(i).isEmpty()) {
        return Optional.of(keys.get(i));
      }
    }
    return Optional.empty();
  }

  private StoredConversion make(Conversion conversion, Claims.Claim claim)
      throws RejectedException, IOException, InterruptedException {
    Conversions conversions = conversion.isForced() ? tools.repairing() : tools.usual();
    PlatformImage image = conversion.image();
    ConversionOptions options = conversion.options();
    Engine engine =
        options.translation() == null
            ? conversion.engine()
            : tools
                .translated()
                .of(options, image, tools.content(), conversions.converter(), conversion.engine());
    RecipeResult result =
        conversions
            .converter()
            .recipe(
                image,
                tools.content(),
                engine,
                options,
                conversions.filesystems(),
                ConversionEvent.Listener.NONE);
    List<String> parts = parts(result.description());
    parts.remove(ObjectKeys.engine(engine.digest()));
    Future<Optional<BundleDescription>> looking =
        store.beside(() -> described(conversion.id(), conversion.isForced()));
    Optional<BundleDescription> existing;
    try {
      require(parts, store.looks().heads(parts), image, "before");
      existing = StoreCalls.answer(looking);
    } finally {
      looking.cancel(true);
    }
    if (isWhole(existing, conversion.event())) {
      checkSame(existing.get(), recipe(result.description()));
      tools.metrics().conversion(conversion.event(), Result.REPEATED);
      return stored(existing.get(), conversion.event(), result.layersConverted(), false);
    }
    return write(conversion.with(engine), result, existing, claim);
  }

  /**
   * Writes a bundle whose filesystem and layers were there a moment ago.
   *
   * @param existing what is there of it
   * @param claim to be given back, if there is one
   */
  private StoredConversion write(
      Conversion conversion,
      RecipeResult result,
      Optional<BundleDescription> existing,
      Claims.@Nullable Claim claim)
      throws RejectedException, IOException {
    String id = conversion.id();
    PlatformResolved event = conversion.event();
    PlatformImage image = conversion.image();
    Engine engine = conversion.engine();
    BundleDescription.StoredRecipe recipe = recipe(result.description());
    if (existing.isPresent()) {
      checkSame(existing.get(), recipe);
    }
    store.atOnce(
        () -> storeEngine(engine, conversion.isForced()),
        () -> store.put(ObjectKeys.bundleRecipe(id), result.recipe().toJson()),
        () ->
            store.put(
                ObjectKeys.bundleProvenance(id),
                Statement.of(tools.builder(), image, engine, conversion.options(), recipe)
                    .toJson()),
        () ->
            store.put(
                ObjectKeys.bundleSbom(id),
                Sbom.of(result.description(), engine, result.packages(), null)));
    store.put(ObjectKeys.bundleDescription(id), result.description().toJson());
    List<String> markers = markers(result.description());
    store.atOnce(
        () -> {
          if (claim != null) {
            claim.release();
          }
        },
        () -> require(markers, store.heads(markers), image, "while"));
    tools.metrics().conversion(event, Result.MADE);
    LOGGER.atInfo().addKeyValue(LogKeys.SIZE_BYTES, recipe.size()).log("Bundle stored");
    // Nobody has put together what has only now been stored.
    return existing.isEmpty() && !isMaterialized(event)
        ? new StoredConversion(
            result.description(), recipe, null, null, result.layersConverted(), false)
        : stored(result.description(), event, result.layersConverted(), false);
  }

  private boolean isMaterialized(PlatformResolved event) {
    return Objects.requireNonNullElse(event.materialize(), tools.materialize())
        == Materialize.ALWAYS;
  }

  /** To retention an engine is as old as it was written last: one in use is written again. */
  private void storeEngine(Engine engine, boolean force) throws IOException {
    String key = ObjectKeys.engine(engine.digest());
    if (!force && store.looks().remembers(key)) {
      return;
    }
    Instant old = tools.clock().instant().minus(EngineAge.REWRITTEN);
    boolean there =
        store
            .inventory()
            .find(key)
            .filter(one -> one.size() == engine.sizeBytes() && one.modified().isAfter(old))
            .isPresent();
    if (force || !there) {
      store.put(key, engine.bytes());
    }
    store.looks().found(new ObjectInfo(key, engine.sizeBytes()));
  }

  /**
   * Retention may have removed a part since it was found: the conversion is tried again, and makes
   * what is missing.
   */
  private void require(
      List<String> keys, List<Optional<ObjectInfo>> found, PlatformImage image, String when)
      throws IOException {
    Optional<String> missing = missing(keys, found);
    if (missing.isPresent()) {
      store.looks().forget();
      throw new UnavailableException(
          String.format(
              "converting %s: found %s gone %s the bundle was stored; it is made again",
              image.descriptor().digest(), missing.get(), when),
          null);
    }
  }

  private static boolean isForced(PlatformResolved event) {
    return event.choice() != null && event.choice().force();
  }

  /** What is stored under an id never changes: what is made once more replaces only its like. */
  private static void checkSame(BundleDescription existing, BundleDescription.StoredRecipe made)
      throws RejectedException {
    BundleDescription.StoredRecipe recipe = existing.recipe();
    if (recipe != null && !recipe.digest().equals(made.digest())) {
      throw new RejectedException(
          Reason.INTERNAL,
          String.format(
              "converting %s once more: found a recipe of digest %s, expected %s as bundle"
                  + " %s has; the stored one stays: remove it if it is the wrong one, and report"
                  + " this",
              existing.manifestDigest(), made.digest(), recipe.digest(), existing.conversionId()));
    }
  }

  private static BundleDescription.StoredRecipe recipe(BundleDescription description) {
    return Objects.requireNonNull(description.recipe(), "a bundle in the store has a recipe");
  }

  private StoredConversion stored(
      BundleDescription description, PlatformResolved event, int layersConverted, boolean reused)
      throws IOException {
    String id = description.conversionId();
    if (isMaterialized(event)) {
      bundles.materialize(id);
    }
    String key = ObjectKeys.bundleModule(id);
    return new StoredConversion(
        description,
        recipe(description),
        store.head(key).isPresent() ? key : null,
        bundles.moduleDigest(id).orElse(null),
        layersConverted,
        reused);
  }
}
