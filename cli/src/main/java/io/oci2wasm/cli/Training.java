package io.oci2wasm.cli;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.progress.Sizes;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.cli.run.ModuleRunner;
import io.oci2wasm.cli.run.QuietRun;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.BundleOutput;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.EngineTranslator;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.Replay;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.converter.train.TranslationJob;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Gives an engine translations of what is hot in an image: runs its plain module, and has the
 * engine translate what that has recorded, from the pages of the image's own files.
 */
final class Training {
  private final TemporaryConverter place;
  private final TrainingOptions options;
  private final PrintWriter messages;

  Training(TemporaryConverter place, TrainingOptions options, PrintWriter messages) {
    this.place = place;
    this.options = options;
    this.messages = messages;
  }

  /** An engine with translations, and the options of what is converted with it. */
  record Trained(Engine engine, ConversionOptions options) {}

  /**
   * The engine with translations for {@code image}.
   *
   * @throws RejectedException if the log is none, or tells of nothing in the image
   */
  Trained of(PlatformImage image, ImageContent content, Engine engine, ConversionOptions conversion)
      throws RejectedException, IOException, InterruptedException {
    TrainingLog log = options.runs() ? train(image, content, engine, conversion) : read();
    EngineTranslator.Translated translated =
        new EngineTranslator(place.converter(), place.folder(), new Here(), options.hosts())
            .translate(image, content, engine, log);
    if (translated.units() == 0 && !options.runs()) {
      throw refused(
          String.format(
              "reading --train-log %s: found a log that tells of nothing hot in the image's files,"
                  + " expected one of a training of this image; train again with --train",
              options.log()));
    }
    TranslationJob job = translated.job();
    messages.println(
        String.format(
            "training: %s recordings of %s pages gave %s functions, %s more in the module;"
                + " left out: %s pages that no file of the image has, %s recordings",
            job.recordings(),
            job.pages(),
            translated.units(),
            Sizes.text(translated.engine().sizeBytes() - engine.sizeBytes()),
            job.droppedPages(),
            job.droppedRecordings()));
    return new Trained(
        translated.engine(),
        conversion.translated(
            Sha256Digest.of(log.encode()), options.hosts() == TranslationJob.Hosts.WITH_VECTORS));
  }

  private TrainingLog read() throws RejectedException, IOException {
    Path file = Objects.requireNonNull(options.log());
    try {
      return TrainingLog.parse(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw refused(
          "reading --train-log " + file + ": found no such file, expected a training log");
    } catch (IOException e) {
      throw refused("reading --train-log " + file + ": " + e.getMessage());
    }
  }

  private static RejectedException refused(String message) {
    return new RejectedException(Reason.MANIFEST_INVALID, message);
  }

  private TrainingLog train(
      PlatformImage image, ImageContent content, Engine engine, ConversionOptions conversion)
      throws RejectedException, IOException {
    Path plain = place.file("plain.wasm");
    BundleOutput output = new BundleOutput(plain, BundleOutput.Splitting.ABOVE_LIMIT);
    place
        .converter()
        .convert(image, content, engine, conversion, output, ConversionEvent.Listener.NONE);
    BundleFile bundle = BundleFile.open(plain);
    List<Recording> recordings = new ArrayList<>();
    for (List<String> command : options.commands()) {
      run(bundle, command, recordings);
    }
    Files.delete(plain);
    Files.deleteIfExists(output.data());
    TrainingLog log = TrainingLog.of(engine.digest(), recordings);
    Path file = options.log();
    if (file != null) {
      Files.write(file, log.encode());
    }
    return log;
  }

  private void run(BundleFile bundle, List<String> command, List<Recording> recordings)
      throws RejectedException, IOException {
    String name = command.isEmpty() ? "the image's own command" : String.join(" ", command);
    messages.println("training: " + name);
    messages.flush();
    QuietRun run =
        QuietRun.of(
            ModuleRunner.caching()
                .training(options.seconds(), told -> recordings.add(Recording.ofEngine(told))),
            bundle,
            List.of(),
            command);
    if (run.exitCode() != 0) {
      messages.println(
          String.format(
              "training: %s ended with exit code %s; what it did until then counts%s",
              name, run.exitCode(), lastWords(run)));
    }
  }

  private static String lastWords(QuietRun run) {
    return run.lastWords().isEmpty() ? "" : ": " + run.lastWords();
  }

  /** In this process. */
  private static final class Here implements Replay {
    @Override
    public byte[] run(Path module, byte[] job) throws RejectedException, IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      QuietRun run = QuietRun.replay(ModuleRunner.caching(), BundleFile.open(module), job, out);
      if (run.exitCode() != 0) {
        throw refused("translating what was recorded: found" + lastWords(run));
      }
      return out.toByteArray();
    }

    @Override
    public void check(Path module) throws RejectedException, IOException {
      ModuleRunner.check(BundleFile.open(module));
    }
  }
}
