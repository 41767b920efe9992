package io.oci2wasm.buildworker.step;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.EngineTranslator;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.train.Replay;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.converter.train.TranslationJob;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** Gives engines the translations of logs in the object store. */
public final class TranslatedEngines {
  private final ObjectStore store;
  private final Path scratch;
  private final Replay replay;

  /** {@code scratch}: where temporary files go. */
  public TranslatedEngines(ObjectStore store, Path scratch, Replay replay) {
    this.store = store;
    this.scratch = scratch;
    this.replay = replay;
  }

  /**
   * {@code engine} with the translations of a log, made anew from the files of {@code image}.
   *
   * @param options of the bundle, which name the log
   * @throws RejectedException if the log is gone or damaged, or nothing in it is worth a
   *     translation
   */
  Engine of(
      ConversionOptions options,
      PlatformImage image,
      ImageContent content,
      ImageConverter converter,
      Engine engine)
      throws RejectedException, IOException, InterruptedException {
    Sha256Digest log = Objects.requireNonNull(options.translation());
    EngineTranslator.Translated translated =
        new EngineTranslator(
                converter, scratch, replay, TranslationJob.Hosts.of(options.hasVectors()))
            .translate(image, content, engine, read(log, image));
    if (translated.units() == 0) {
      throw refused(
          image,
          log,
          "which tells of nothing hot in the image's files",
          "a log of a training of this image");
    }
    return translated.engine();
  }

  private TrainingLog read(Sha256Digest log, PlatformImage image)
      throws RejectedException, IOException {
    Optional<byte[]> bytes = store.bytes(ObjectKeys.translation(log), TrainingRuns.MAX_LOG_BYTES);
    if (bytes.isEmpty()) {
      throw new RejectedException(
          Reason.NOT_FOUND,
          String.format(
              "translating for %s: found no %s, expected a training log; convert the image again"
                  + " to train it again",
              image.descriptor().digest(), ObjectKeys.translation(log)));
    }
    Sha256Digest found = Sha256Digest.of(bytes.get());
    if (!found.equals(log)) {
      throw refused(image, log, "with the digest " + found, "the bytes that its name tells");
    }
    try {
      return TrainingLog.parse(bytes.get());
    } catch (IOException e) {
      throw refused(image, log, "of which the reader says: " + e.getMessage(), "a training log");
    }
  }

  private static RejectedException refused(
      PlatformImage image, Sha256Digest log, String found, String expected) {
    return new RejectedException(
        Reason.LOG_REFUSED,
        String.format(
            "translating for %s: found log %s %s, expected %s; convert the image again with force"
                + " to train it again",
            image.descriptor().digest(), log, found, expected));
  }
}
