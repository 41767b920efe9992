package io.oci2wasm.converter.convert;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.bundle.LaunchDescription;
import io.oci2wasm.converter.erofs.ErofsImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
    byte[] launch =
        LaunchDescription.of(image.config().config(), image.manifest().config().digest());
    try (ConversionDirectory scratch = new ConversionDirectory(settings.scratch());
        ImageLayers layers = ImageLayers.open(image, content, store, settings, scratch, listener);
        OpenLayers contents = layers.contents()) {
      ErofsImage rootfs = new ErofsImage(layers.merge(settings.limits()), uuid(image));
      BundleDescription description = description(image, engine, options, rootfs);
      BundleWriter bundle =
          new BundleWriter(
              engine,
              options,
              launch,
              rootfs.sizeBytes(),
              description.toJson(),
              settings.maxBundleBytes());
      listener.on(new ConversionEvent.AssemblyStarted(bundle.sizeBytes()));
      try (OutputFile file = new OutputFile(output)) {
        DigestingChannel target = new DigestingChannel(file.channel());
        bundle.writeTo(target, channel -> rootfs.writeTo(channel, contents, assembly(listener)));
        file.publish();
        BundleDescription finished =
            description.withBundle(
                new BundleDescription.Module(target.digest(), bundle.sizeBytes()));
        return new ConversionResult(finished, layers.count(), layers.converted());
      }
    }
  }

  /**
   * Writes only the EROFS image to {@code output}, which appears only when it is whole. Needs no
   * engine: any architecture will do.
   *
   * @throws RejectedException if the image cannot be converted, now or later
   * @throws IOException if reading or writing failed
   */
  public RootfsResult rootfs(
      PlatformImage image, ImageContent content, Path output, ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    try (ConversionDirectory scratch = new ConversionDirectory(settings.scratch());
        ImageLayers layers = ImageLayers.open(image, content, store, settings, scratch, listener);
        OpenLayers contents = layers.contents()) {
      ErofsImage rootfs = new ErofsImage(layers.merge(settings.limits()), uuid(image));
      listener.on(new ConversionEvent.AssemblyStarted(rootfs.sizeBytes()));
      try (OutputFile file = new OutputFile(output)) {
        rootfs.writeTo(file.channel(), contents, assembly(listener));
        file.publish();
      }
      return new RootfsResult(
          rootfs.sizeBytes(), rootfs.files(), layers.count(), layers.converted());
    }
  }

  private static LongConsumer assembly(ConversionEvent.Listener listener) {
    return written -> listener.on(new ConversionEvent.AssemblyProgressed(written));
  }

  private static BundleDescription description(
      PlatformImage image, Engine engine, ConversionOptions options, ErofsImage rootfs) {
    Sha256Digest manifest = image.descriptor().digest();
    return new BundleDescription(
        BundleDescription.SCHEMA,
        ConversionId.of(manifest, engine.digest(), options),
        image.platform(),
        manifest,
        image.manifest().config().digest(),
        image.config().rootfs().diffIds(),
        ConverterVersion.CONVERTER,
        options,
        new BundleDescription.EngineUsed(engine.version(), engine.digest(), engine.sizeBytes()),
        new BundleDescription.Rootfs(rootfs.sizeBytes(), rootfs.files()),
        engine.components(),
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
