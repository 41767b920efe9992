package io.oci2wasm.converter.convert;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.api.recipe.BundleFiles;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.api.recipe.Recipe;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.bundle.LaunchDescription;
import io.oci2wasm.converter.erofs.ErofsImage;
import io.oci2wasm.converter.erofs.FramedImage;
import io.oci2wasm.converter.frame.FrameOutput;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.sbom.PackageScan;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Turns one platform of an image into a bundle, or into its root filesystem alone. Layers that are
 * in the store are not converted again. The others are converted in parallel, as streams, and
 * checked against digest and diffID.
 *
 * <p>The same image, engine, options and versions give the same bytes, whatever the store held
 * before. May be used by several threads.
 *
 * <p>An image's {@code descriptor} is its manifest's; for a docker archive, which has none, its
 * config's.
 */
public final class ImageConverter {
  private final LayerStore store;
  private final ConverterSettings settings;

  public ImageConverter(LayerStore store, ConverterSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  /**
   * Writes the bundle to {@code output}, which appears only when it is whole.
   *
   * @throws RejectedException if the image cannot be converted, now or later
   * @throws IOException if reading or writing failed
   */
  public ConversionResult convert(
      PlatformImage image,
      ImageContent content,
      Engine engine,
      ConversionOptions options,
      Path output,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    return convert(image, content, engine, options, BundleOutput.oneFile(output), listener);
  }

  /**
   * The same, where the bundle may be two files. The data file appears first.
   *
   * @throws RejectedException if the image cannot be converted, now or later
   * @throws IOException if reading or writing failed
   */
  public ConversionResult convert(
      PlatformImage image,
      ImageContent content,
      Engine engine,
      ConversionOptions options,
      BundleOutput output,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    try (ConversionDirectory scratch = new ConversionDirectory(settings.scratch());
        ImageLayers layers = open(image, content, Tails.IN_DATA, scratch, listener)) {
      MergedLayers merged = layers.merge(settings.limits());
      try (OpenLayers contents = layers.contents(merged.frames())) {
        FramedImage rootfs = new FramedImage(merged.tree(), uuid(image), merged.frames());
        Path metadata = scratch.file("metadata");
        FrameTable frames =
            new FrameTable.Builder()
                .addAll(writeMetadata(rootfs, contents, metadata))
                .addAll(rootfs.dataFrames())
                .build();
        LaidOut bundle =
            layOut(
                description(
                    image,
                    engine,
                    options,
                    new BundleDescription.Rootfs(rootfs.sizeBytes(), rootfs.files())),
                image,
                engine,
                frames,
                output.splitting(),
                output.dataName());
        listener.on(new ConversionEvent.AssemblyStarted(bundle.sizeBytes()));
        BundleDescription.Module module =
            bundle.write(
                output,
                channel -> {
                  Files.copy(metadata, Channels.newOutputStream(channel));
                  rootfs.writeData(contents, channel, assembly(listener));
                });
        return new ConversionResult(
            bundle.description().withBundle(module),
            layers.count(),
            layers.converted(),
            PackageScan.of(merged.tree(), contents));
      }
    }
  }

  /**
   * In one file if that is wanted and possible.
   *
   * @param dataName what the data file is called, if there is one
   */
  private LaidOut layOut(
      BundleDescription description,
      PlatformImage image,
      Engine engine,
      FrameTable frames,
      BundleOutput.Splitting splitting,
      String dataName)
      throws RejectedException, IOException {
    byte[] launch =
        LaunchDescription.of(image.config().config(), image.manifest().config().digest());
    if (splitting != BundleOutput.Splitting.ALWAYS) {
      try {
        return LaidOut.of(description, engine, launch, frames, null, settings.maxModuleBytes());
      } catch (RejectedException e) {
        if (splitting == BundleOutput.Splitting.NEVER || e.reason() != Reason.BUNDLE_TOO_LARGE) {
          throw e;
        }
      }
    }
    DataFile data =
        DataFile.of(
            dataName, frames.encode(), frames.storedBytes(), image.config().rootfs().diffIds());
    return LaidOut.of(description, engine, launch, frames, data, settings.maxModuleBytes());
  }

  /**
   * Makes the recipe of the bundle that {@link #convert} would write, which is split above the
   * limit of a module. Where filesystem and layers are there already, it reads of them only the
   * layout.
   *
   * @throws RejectedException if the image cannot be converted, now or later
   * @throws IOException if reading or writing failed
   */
  public RecipeResult recipe(
      PlatformImage image,
      ImageContent content,
      Engine engine,
      ConversionOptions options,
      RootfsStore filesystems,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    Optional<RecipeResult> known = knownRecipe(image, engine, options, filesystems);
    if (known.isPresent()) {
      return known.get();
    }
    try (ConversionDirectory scratch = new ConversionDirectory(settings.scratch());
        ImageLayers layers = open(image, content, Tails.IN_DATA, scratch, listener)) {
      return recipe(
          image,
          engine,
          options,
          layOut(image, layers, filesystems, scratch.file("metadata")),
          layers.converted());
    }
  }

  /**
   * The recipe, if filesystem and layers are there already.
   *
   * @throws RejectedException if the bundle would be too large
   * @throws IOException if reading failed
   */
  public Optional<RecipeResult> knownRecipe(
      PlatformImage image, Engine engine, ConversionOptions options, RootfsStore filesystems)
      throws RejectedException, IOException {
    if (!areProven(image)) {
      return Optional.empty();
    }
    Optional<RootfsLayout> layout = filesystems.find(name(image));
    // One of an earlier version does not tell the packages: it is made again.
    return layout.isEmpty() || layout.get().packages() == null
        ? Optional.empty()
        : Optional.of(recipe(image, engine, options, layout.get(), 0));
  }

  private RootfsStore.Name name(PlatformImage image) {
    return new RootfsStore.Name(
        image.config().rootfs().diffIds(), settings.packerVersion(), ConverterVersion.CONVERTER);
  }

  private RecipeResult recipe(
      PlatformImage image,
      Engine engine,
      ConversionOptions options,
      RootfsLayout layout,
      int layersConverted)
      throws RejectedException, IOException {
    RootfsStore.Name name = name(image);
    BundleDescription description =
        description(
            image,
            engine,
            options,
            new BundleDescription.Rootfs(layout.sizeBytes(), layout.files()));
    Piece metadata =
        layout.metadata(ObjectKeys.rootfsMetadata(name.diffIds(), name.packer(), name.converter()));
    LaidOut bundle =
        layOut(
            description,
            image,
            engine,
            layout.frames(),
            BundleOutput.Splitting.ABOVE_LIMIT,
            BundleFiles.dataName(description.conversionId(), image.platform().toString()));
    Recipe recipe =
        bundle.recipe(
            ObjectKeys.engine(engine.digest()),
            metadata,
            layout.layers(
                name.diffIds().stream()
                    .map(diffId -> ObjectKeys.layerData(diffId, name.packer()))
                    .toList()));
    byte[] json = recipe.toJson();
    checkSize("bytes", bundle.sizeBytes(), settings.maxStoredBytes());
    checkSize("bytes of its recipe", json.length, Recipe.MAX_BYTES);
    return new RecipeResult(
        bundle
            .description()
            .withRecipe(
                new BundleDescription.StoredRecipe(
                    Sha256Digest.of(json), json.length, recipe.sizeBytes())),
        recipe,
        name.diffIds().size(),
        layersConverted,
        Objects.requireNonNull(layout.packages(), "a layout that was just made has packages"));
  }

  private static void checkSize(String of, long size, long most) throws RejectedException {
    if (size > most) {
      throw new RejectedException(
          Reason.BUNDLE_TOO_LARGE,
          String.format(
              "putting the bundle together: found %s %s, expected at most %s; make the image"
                  + " smaller, or allow larger bundles (build.maxBundle)",
              size, of, most));
    }
  }

  /**
   * Whether every layer's blob was unpacked before to what the config says it is. A config alone
   * proves nothing: it could name another's private layers.
   */
  private boolean areProven(PlatformImage image) throws IOException {
    List<Descriptor> layers = image.manifest().layers();
    List<Sha256Digest> diffIds = image.config().rootfs().diffIds();
    if (layers.size() != diffIds.size() || layers.size() > settings.limits().maxLayers()) {
      return false;
    }
    for (int i = 0; i < layers.size(); i++) {
      Optional<Sha256Digest> known = store.diffIdOf(layers.get(i).digest());
      if (known.isEmpty() || !known.get().equals(diffIds.get(i))) {
        return false;
      }
    }
    return true;
  }

  private RootfsLayout layOut(
      PlatformImage image, ImageLayers layers, RootfsStore filesystems, Path metadata)
      throws RejectedException, IOException {
    MergedLayers merged = layers.merge(settings.limits());
    try (OpenLayers contents = layers.contents(merged.frames())) {
      FramedImage rootfs = new FramedImage(merged.tree(), uuid(image), merged.frames());
      RootfsLayout layout =
          RootfsLayout.of(
              rootfs,
              writeMetadata(rootfs, contents, metadata),
              merged.frames(),
              PackageScan.of(merged.tree(), contents));
      filesystems.put(name(image), metadata, layout);
      return layout;
    }
  }

  /** Writes the frames of the image's metadata; their table. */
  private FrameTable writeMetadata(FramedImage rootfs, OpenLayers contents, Path file)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        FrameOutput frames = new FrameOutput(out, settings.compression())) {
      rootfs.writeMetadata(contents, Channels.newChannel(frames));
      return frames.finish();
    }
  }

  /**
   * Writes only the EROFS image to {@code output}, which appears only when it is whole. Needs no
   * engine: any architecture will do.
   *
   * @param tails by which layers it is packed: those of bundles, or those of an image alone
   * @throws RejectedException if the image cannot be converted, now or later
   * @throws IOException if reading or writing failed
   */
  public RootfsResult rootfs(
      PlatformImage image,
      ImageContent content,
      Path output,
      Tails tails,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    try (ConversionDirectory scratch = new ConversionDirectory(settings.scratch());
        ImageLayers layers = open(image, content, tails, scratch, listener)) {
      MergedLayers merged = layers.merge(settings.limits());
      ErofsImage rootfs = new ErofsImage(merged.tree(), uuid(image));
      listener.on(new ConversionEvent.AssemblyStarted(rootfs.sizeBytes()));
      try (OpenLayers contents = layers.contents(merged.frames());
          OutputFile file = new OutputFile(output)) {
        file.write(channel -> rootfs.writeTo(channel, contents, assembly(listener)));
        file.publish();
      }
      return new RootfsResult(
          rootfs.sizeBytes(),
          rootfs.files(),
          layers.count(),
          layers.converted(),
          layers.names(rootfs.data()));
    }
  }

  private ImageLayers open(
      PlatformImage image,
      ImageContent content,
      Tails tails,
      ConversionDirectory scratch,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    return ImageLayers.open(image, content, store, settings, tails, scratch, listener);
  }

  private static LongConsumer assembly(ConversionEvent.Listener listener) {
    return written -> listener.on(new ConversionEvent.AssemblyProgressed(written));
  }

  private BundleDescription description(
      PlatformImage image,
      Engine engine,
      ConversionOptions options,
      BundleDescription.Rootfs rootfs) {
    Sha256Digest manifest = image.descriptor().digest();
    return new BundleDescription(
        BundleDescription.SCHEMA,
        ConversionId.of(manifest, engine.untranslated(), options, settings.packerVersion()),
        image.platform(),
        manifest,
        image.manifest().config().digest(),
        image.config().rootfs().diffIds(),
        ConverterVersion.CONVERTER,
        settings.packerVersion(),
        options,
        new BundleDescription.EngineUsed(engine.version(), engine.digest(), engine.sizeBytes()),
        rootfs,
        engine.components(),
        null,
        null,
        null);
  }

  /** The filesystem's UUID: its layers', not a random one, so that the same image has the same. */
  private static UUID uuid(PlatformImage image) {
    String layers =
        image.config().rootfs().diffIds().stream()
            .map(Sha256Digest::toString)
            .collect(Collectors.joining("\n"));
    return UUID.nameUUIDFromBytes(layers.getBytes(StandardCharsets.UTF_8));
  }
}
