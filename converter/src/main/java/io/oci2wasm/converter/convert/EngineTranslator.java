package io.oci2wasm.converter.convert;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.train.FilePages;
import io.oci2wasm.converter.train.Replay;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.converter.train.TranslationJob;
import io.oci2wasm.converter.train.Translations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * Gives engines translations of what a training log says is hot in an image. All code is what an
 * engine makes of the image's own files: a log has none.
 */
public final class EngineTranslator {
  private final ImageConverter converter;
  private final Path scratch;
  private final Replay replay;
  private final TranslationJob.Hosts hosts;

  /**
   * A translator.
   *
   * @param scratch where temporary files go
   * @param hosts which run what it makes
   */
  public EngineTranslator(
      ImageConverter converter, Path scratch, Replay replay, TranslationJob.Hosts hosts) {
    this.converter = converter;
    this.scratch = scratch;
    this.replay = replay;
    this.hosts = hosts;
  }

  /**
   * An engine with translations.
   *
   * @param job what they were made of
   * @param units number of the functions; 0 if the log names nothing that the image's files have
   */
  public record Translated(Engine engine, TranslationJob job, int units) {}

  /**
   * {@code engine} with translations for {@code image}; the same arguments give the same bytes. No
   * JVM runs those with vectors, so a library's validator reads them.
   *
   * @param log of a training with any engine
   * @throws RejectedException if the image or the job is refused
   */
  public Translated translate(
      PlatformImage image, ImageContent content, Engine engine, TrainingLog log)
      throws RejectedException, IOException, InterruptedException {
    return translate(engine, log, find(image, content, log.pages()));
  }

  /** Those of {@code pages} that the image's files have. */
  public FilePages find(PlatformImage image, ImageContent content, Set<Sha256Digest> pages)
      throws RejectedException, IOException {
    try (ConversionDirectory files = new ConversionDirectory(scratch)) {
      Path file = files.file("rootfs.erofs");
      RootfsResult rootfs =
          converter.rootfs(image, content, file, Tails.IN_DATA, ConversionEvent.Listener.NONE);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        return FilePages.find(channel, pages, rootfs::layerAt);
      }
    }
  }

  /**
   * {@code engine} with translations of what a log says of {@code pages}; the same as by the other
   * method, if these are all of the log's that the image's files have.
   *
   * @throws RejectedException if the job is refused
   */
  public Translated translate(Engine engine, TrainingLog log, FilePages pages)
      throws RejectedException, IOException, InterruptedException {
    TranslationJob job = TranslationJob.of(log, pages.bytes(), engine.numbers(), hosts);
    if (job.recordings() == 0) {
      return new Translated(engine, job, 0);
    }
    try (ConversionDirectory files = new ConversionDirectory(scratch)) {
      Path module = files.file("translator.wasm");
      write(engine, module);
      Translations translations = Translations.parse(replay.run(module, bytes(job.bytes())));
      Engine made = engine.with(translations);
      if (hosts == TranslationJob.Hosts.WITH_VECTORS) {
        Path whole = files.file("translated.wasm");
        write(made, whole);
        replay.check(whole);
      }
      return new Translated(made, job, translations.units());
    }
  }

  private static void write(Engine engine, Path module) throws RejectedException, IOException {
    BundleWriter writer =
        new BundleWriter(
            engine,
            ConversionOptions.NONE,
            new byte[0],
            FrameTable.EMPTY,
            new byte[0],
            BundleWriter.MAX_MODULE_BYTES);
    try (FileChannel channel =
        FileChannel.open(module, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writer.writeTo(channel, target -> {});
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
