package io.oci2wasm.cli;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.progress.Sizes;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.cli.run.ControlLines;
import io.oci2wasm.cli.run.ModuleRunner;
import io.oci2wasm.cli.run.ProgramContext;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.BundleOutput;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.train.FilePages;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.converter.train.TranslationJob;
import io.oci2wasm.converter.train.Translations;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Gives an engine translations of what is hot in an image: runs its plain module, and has the
 * engine translate what that has recorded, from the pages of the image's own files.
 */
final class Training {
  private static final String DETERMINISTIC = "--deterministic";
  private static final String REPLAY = "--replay";

  private final TemporaryConverter place;
  private final TrainingOptions options;
  private final PrintWriter messages;

  Training(TemporaryConverter place, TrainingOptions options, PrintWriter messages) {
    this.place = place;
    this.options = options;
    this.messages = messages;
  }

  /**
   * The engine with translations for {@code image}.
   *
   * @throws RejectedException if the log is not one of this engine
   */
  Engine of(PlatformImage image, ImageContent content, Engine engine, ConversionOptions conversion)
      throws RejectedException, IOException {
    TrainingLog log = options.runs() ? train(image, content, engine, conversion) : read(engine);
    Map<Sha256Digest, byte[]> pages = pages(image, content, log);
    TranslationJob job = TranslationJob.of(log, pages, engine.numbers());
    Translations translations = translate(engine, job);
    Engine trained = engine.with(translations);
    messages.println(
        String.format(
            "training: %s recordings of %s pages gave %s functions, %s more in the module;"
                + " left out: %s pages that no file of the image has, %s recordings",
            job.recordings(),
            job.pages(),
            translations.units(),
            Sizes.text(trained.sizeBytes() - engine.sizeBytes()),
            job.droppedPages(),
            job.droppedRecordings()));
    return trained;
  }

  private TrainingLog read(Engine engine) throws RejectedException, IOException {
    Path file = Objects.requireNonNull(options.log());
    TrainingLog log;
    try {
      log = TrainingLog.parse(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw refused(
          "reading --train-log " + file + ": found no such file, expected a training log");
    } catch (IOException e) {
      throw refused("reading --train-log " + file + ": " + e.getMessage());
    }
    if (!log.engine().equals(engine.digest())) {
      throw refused(
          String.format(
              "reading --train-log %s: found a log of engine %s, expected one of %s; train again"
                  + " with --train",
              file, log.engine(), engine.digest()));
    }
    return log;
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
    List<String> words = new ArrayList<>(List.of("oci2wasm", DETERMINISTIC, "--"));
    words.addAll(command);
    ByteArrayOutputStream errors = new LastWords();
    int exitCode =
        ModuleRunner.caching()
            .training(options.seconds(), told -> recordings.add(Recording.ofEngine(told)))
            .run(
                bundle,
                context(
                        words,
                        InputStream.nullInputStream(),
                        OutputStream.nullOutputStream(),
                        errors)
                    .with(Map.of(), bundle.ownFolders()));
    if (exitCode != 0) {
      messages.println(
          String.format(
              "training: %s ended with exit code %s; what it did until then counts%s",
              name, exitCode, lastLine(errors)));
    }
  }

  /** What was written last; the rest is forgotten. */
  private static final class LastWords extends ByteArrayOutputStream {
    private static final int MOST = 1 << 16;

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      if (size() > MOST) {
        reset();
      }
      super.write(bytes, offset, Math.min(length, MOST));
    }
  }

  private static String lastLine(ByteArrayOutputStream errors) {
    String[] lines = errors.toString(StandardCharsets.UTF_8).strip().split("\n", -1);
    String last = lines[lines.length - 1];
    return last.isEmpty() ? "" : ": " + last;
  }

  /** The bytes of the log's pages, as far as the image's files have them. */
  private Map<Sha256Digest, byte[]> pages(
      PlatformImage image, ImageContent content, TrainingLog log)
      throws RejectedException, IOException {
    Path rootfs = place.file("rootfs.erofs");
    place.converter().rootfs(image, content, rootfs, ConversionEvent.Listener.NONE);
    try (FileChannel channel = FileChannel.open(rootfs, StandardOpenOption.READ)) {
      return FilePages.find(channel, log.pages());
    } finally {
      Files.delete(rootfs);
    }
  }

  private Translations translate(Engine engine, TranslationJob job)
      throws RejectedException, IOException {
    Path module = place.file("translator.wasm");
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
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    int exitCode =
        ModuleRunner.caching()
            .run(
                BundleFile.open(module),
                context(
                    List.of("oci2wasm", REPLAY),
                    new ByteArrayInputStream(bytes(job.bytes())),
                    out,
                    errors));
    Files.delete(module);
    if (exitCode != 0) {
      throw refused("translating what was recorded: found" + lastLine(errors));
    }
    return Translations.parse(out.toByteArray());
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static ProgramContext context(
      List<String> words, InputStream in, OutputStream out, OutputStream errors) {
    return new ProgramContext(words, Map.of(), List.of(), in, out, errors, new ControlLines());
  }
}
