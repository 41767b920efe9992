package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.event.PlatformResolved;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.ImagePlatforms;
import io.oci2wasm.api.oci.ImagePlatforms.LeftOut;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.buildworker.step.ConversionMetrics.Result;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.ConversionId;
import io.oci2wasm.converter.convert.ConversionResult;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.provenance.Builder;
import io.oci2wasm.converter.provenance.Statement;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectInfo;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Makes sure that the bundle of one platform manifest, engine and set of options is in the object
 * store. The module is written first, then its provenance; {@code bundle.json} makes them count.
 * Two requests for one conversion in this process wait for one another, so that the second finds
 * the bundle there; in two processes the second is put off. If both convert all the same, they make
 * the same bytes.
 */
public final class BuildBundleStep {
  private static final Logger LOGGER = LoggerFactory.getLogger(BuildBundleStep.class);
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  /** How long to wait for what another worker makes; each time longer, as for other retries. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Tools tools;
  private final ObjectStore store;
  private final Path scratch;
  private final Set<String> underway = new HashSet<>();

  /**
   * A step.
   *
   * @param scratch where modules lie until they are stored
   */
  public BuildBundleStep(Tools tools, Path scratch) {
    this.tools = tools;
    this.store = tools.store();
    this.scratch = scratch;
  }

  /** What the step works with. */
  public record Tools(
      ObjectStore store,
      ImageContent content,
      ImageConverter converter,
      String packerVersion,
      Builder builder,
      ConversionGuard guard,
      Claims claims,
      ConversionMetrics metrics) {}

  /**
   * A bundle in the store.
   *
   * @param reused whether it was there before
   */
  public record StoredConversion(
      BundleDescription description,
      BundleDescription.Module module,
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
    try {
      Optional<BundleDescription> existing = isForced(event) ? Optional.empty() : find(id);
      if (existing.isPresent()) {
        tools.metrics().conversion(event, Result.REUSED);
        return stored(existing.get(), 0, true);
      }
      return claimed(id, event, engine);
    } finally {
      end(id);
    }
  }

  private StoredConversion claimed(String id, PlatformResolved event, Engine engine)
      throws RejectedException, IOException, InterruptedException {
    PlatformImage image = image(event);
    Optional<Claims.Claim> claim = tools.claims().take(id);
    if (claim.isEmpty()) {
      tools.metrics().conversion(event, Result.ELSEWHERE);
      throw new UnderwayException(
          "converting " + image.descriptor().digest() + ": another worker is at it", LOOK_AGAIN);
    }
    try {
      return tools
          .guard()
          .watch("converting " + image.descriptor().digest(), () -> make(id, event, image, engine));
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

  private Optional<BundleDescription> find(String id) throws IOException {
    Optional<byte[]> json = store.bytes(ObjectKeys.bundleDescription(id), MAX_DESCRIPTION_BYTES);
    if (json.isEmpty()) {
      return Optional.empty();
    }
    BundleDescription description = BundleDescription.parse(json.get());
    // Retention removes the description first, but a bundle may be written anew in between.
    BundleDescription.Module module = description.bundle();
    Optional<ObjectInfo> stored = store.head(ObjectKeys.bundleModule(id));
    return module == null || stored.filter(one -> one.size() == module.size()).isPresent()
        ? Optional.of(description)
        : Optional.empty();
  }

  private PlatformImage image(PlatformResolved event) throws RejectedException, IOException {
    ImagePlatforms platforms = ImageWalk.walk(event.manifest(), tools.content(), platform -> true);
    if (platforms.wanted().isEmpty()) {
      LeftOut why = platforms.leftOut().get(0);
      throw new RejectedException(why.reason(), why.message());
    }
    PlatformImage image = platforms.wanted().get(0);
    // An index may state a platform more exactly than the config does.
    return new PlatformImage(
        event.platform(), image.descriptor(), image.manifest(), image.config());
  }

  private StoredConversion make(
      String id, PlatformResolved event, PlatformImage image, Engine engine)
      throws RejectedException, IOException {
    Path module = Files.createTempFile(scratch, "bundle-", ".wasm");
    try {
      ConversionResult result =
          tools
              .converter()
              .convert(
                  image,
                  tools.content(),
                  engine,
                  event.optionsOrNone(),
                  module,
                  ConversionEvent.Listener.NONE);
      StoredConversion made = stored(result.description(), result.layersConverted(), false);
      Optional<BundleDescription> existing = find(id);
      if (existing.isPresent() && !isForced(event)) {
        tools.metrics().conversion(event, Result.REPEATED);
        return made;
      }
      if (existing.isPresent()) {
        checkSame(existing.get(), made);
      }
      store.put(ObjectKeys.bundleModule(id), module);
      store.put(
          ObjectKeys.bundleProvenance(id),
          Statement.of(tools.builder(), image, engine, event.optionsOrNone(), made.module())
              .toJson());
      store.put(ObjectKeys.bundleDescription(id), result.description().toJson());
      tools.metrics().conversion(event, Result.MADE);
      LOGGER.atInfo().addKeyValue(LogKeys.SIZE_BYTES, Files.size(module)).log("Bundle stored");
      return made;
    } finally {
      Files.deleteIfExists(module);
    }
  }

  private static boolean isForced(PlatformResolved event) {
    return event.choice() != null && event.choice().force();
  }

  /** What is stored under an id never changes: what is made once more replaces only its like. */
  private static void checkSame(BundleDescription existing, StoredConversion made)
      throws RejectedException {
    BundleDescription.Module module = existing.bundle();
    if (module != null && !module.digest().equals(made.module().digest())) {
      throw new RejectedException(
          Reason.INTERNAL,
          String.format(
              "converting %s once more: found a module of digest %s, expected %s as bundle"
                  + " %s has; the stored one stays: remove it if it is the wrong one, and report"
                  + " this",
              existing.manifestDigest(),
              made.module().digest(),
              module.digest(),
              existing.conversionId()));
    }
  }

  private static StoredConversion stored(
      BundleDescription description, int layersConverted, boolean reused) throws IOException {
    BundleDescription.Module module = description.bundle();
    if (module == null) {
      throw new IOException(
          String.format(
              "reading bundle %s: found no member bundle in its bundle.json; remove the"
                  + " object and convert again",
              description.conversionId()));
    }
    return new StoredConversion(description, module, layersConverted, reused);
  }
}
