package io.oci2wasm.buildworker.step;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.ObjectKeys;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.event.TranslationRequested;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.BundleOutput;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.EngineTranslator;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.train.FilePages;
import io.oci2wasm.converter.train.LayerLogs;
import io.oci2wasm.converter.train.Recording;
import io.oci2wasm.converter.train.TrainingLog;
import io.oci2wasm.converter.train.TranslationJob;
import io.oci2wasm.runtime.LogKeys;
import io.oci2wasm.runtime.store.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.commons.io.file.PathUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a bundle: runs it, and stores what is hot in it, and what its layers are known for, as a
 * log. What was trained once in the same way is not trained again, whatever the engine.
 */
public final class TrainBundleStep {
  private static final Logger LOGGER = LoggerFactory.getLogger(TrainBundleStep.class);
  private static final int MAX_TRAINED_BYTES = 1 << 12;

  /** What guests have unless somebody says so (docs/FORMATS.md, "Host contract"). */
  private static final GuestMemory USUAL_MEMORY = GuestMemory.parse("512m");

  private final Tools tools;

  public TrainBundleStep(Tools tools) {
    this.tools = tools;
  }

  /**
   * What the step works with.
   *
   * @param layers what is known of them
   * @param scratch where temporary files go
   * @param maxMemory of a guest
   */
  public record Tools(
      ObjectStore store,
      ImageContent content,
      ImageConverter converter,
      LearntOfLayers layers,
      Path scratch,
      TrainingRuns runs,
      GuestMemory maxMemory,
      ConversionGuard guard) {}

  /**
   * What a training has yielded, as it is stored beside the bundle.
   *
   * @param log digest of a log in the store
   * @param fasterBy CPU time without translations, divided by that with them; null if it is not
   *     known, as with vectors
   * @param request whose event it was written for; null in what earlier versions wrote
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Trained(Sha256Digest log, @Nullable Double fasterBy, @Nullable String request) {}

  /** An image with an engine, and what is known of its layers. */
  private record Subject(
      PlatformImage image,
      Engine engine,
      EngineTranslator translator,
      LearntOfLayers.Known known) {}

  /**
   * A log, and the engine that has its translations.
   *
   * @param own what the log was made of, beside logs of layers
   * @param pages what the image's files have of all these
   */
  private record Made(
      TrainingLog own, FilePages pages, TrainingLog log, EngineTranslator.Translated translated) {
    boolean isHot() {
      return translated.units() > 0;
    }

    /** How many recordings come from logs of layers. */
    int ofLayers() {
      return log.recordings().size() - own.recordings().size();
    }
  }

  /**
   * Trains the bundle, unless that was done before; with force, in any case. With a new engine,
   * what an earlier one has recorded is taken in place of the runs.
   *
   * @throws RejectedException if it cannot be trained, or nothing is hot in it
   */
  public Trained call(TranslationRequested event, Engine engine)
      throws RejectedException, IOException, InterruptedException {
    boolean forced = event.choice() != null && event.choice().force();
    Optional<Trained> before = before(event, forced);
    if (before.isPresent()) {
      return before.get();
    }
    PlatformImage image =
        PlatformManifests.image(tools.content(), event.manifest(), event.platform());
    Trained trained =
        tools
            .guard()
            .watch(
                "training " + image.descriptor().digest(),
                () -> train(event, image, engine, forced));
    return keep(key(event, event.training()), trained, forced);
  }

  /** An event that comes again must not lead to another log. */
  private Optional<Trained> before(TranslationRequested event, boolean forced) throws IOException {
    Training training = event.training();
    Optional<Trained> found = find(key(event, training));
    if (found.isEmpty() && training.wantsVectors()) {
      // The log of a training without vectors serves as well. The other way round a figure would
      // be missing.
      found =
          find(key(event, training.withoutVectors()))
              .map(one -> new Trained(one.log(), null, one.request()));
    }
    return found.filter(one -> !forced || event.requestId().equals(one.request()));
  }

  private static String key(TranslationRequested event, Training training)
      throws JsonProcessingException {
    return ObjectKeys.bundleTraining(event.conversionId(), digest(training));
  }

  /** What counts from now on: unless it is forced, what another worker wrote first. */
  private Trained keep(String key, Trained trained, boolean forced) throws IOException {
    byte[] json = Json.MAPPER.writeValueAsBytes(trained);
    if (!forced && tools.store().create(key, json)) {
      return trained;
    }
    Optional<Trained> first = forced ? Optional.empty() : find(key);
    if (first.isPresent()) {
      return first.get();
    }
    tools.store().put(key, json);
    return trained;
  }

  /** All that decides about a training of one bundle. */
  private static Sha256Digest digest(Training training) throws JsonProcessingException {
    return Sha256Digest.of(
        Json.MAPPER.writeValueAsString(training).getBytes(StandardCharsets.UTF_8));
  }

  private Optional<Trained> find(String key) throws IOException {
    Optional<byte[]> json = tools.store().bytes(key, MAX_TRAINED_BYTES);
    if (json.isEmpty()) {
      return Optional.empty();
    }
    try {
      Trained trained = Json.MAPPER.readValue(json.get(), Trained.class);
      return tools.store().head(ObjectKeys.translation(trained.log())).map(any -> trained);
    } catch (JsonProcessingException e) {
      return Optional.empty(); // it is written anew
    }
  }

  private Trained train(
      TranslationRequested event, PlatformImage image, Engine engine, boolean forced)
      throws RejectedException, IOException, InterruptedException {
    Path folder = Files.createTempDirectory(tools.scratch(), "training-");
    try {
      List<TrainingRuns.Run> plain =
          runs(event, write(folder, image, engine, event.optionsOrNone()));
      LearntOfLayers.Known known = tools.layers().known(event.image(), image);
      boolean vectors = event.training().wantsVectors();
      EngineTranslator translator =
          new EngineTranslator(
              tools.converter(), folder, tools.runs(), TranslationJob.Hosts.of(vectors));
      Subject subject = new Subject(image, engine, translator, known);
      Optional<Made> again = forced ? Optional.empty() : again(event, subject);
      Made made = again.isPresent() ? again.get() : make(subject, run(plain, engine));
      if (!made.isHot()) {
        throw new RejectedException(
            Reason.NOTHING_HOT,
            String.format(
                "training: found %s recordings, of which %s are of pages of the image's files,"
                    + " expected some that are worth a translation; train by commands that work for"
                    + " longer",
                made.own().recordings().size(), made.translated().job().recordings()));
      }
      byte[] log = made.log().encode();
      Sha256Digest digest = Sha256Digest.of(log);
      tools.store().put(ObjectKeys.translation(digest), log);
      new EarlierTrainings(tools.store()).add(event, digest);
      LOGGER
          .atInfo()
          .addKeyValue(LogKeys.DIGEST, digest)
          .addKeyValue(LogKeys.LAYER_RECORDINGS, made.ofLayers())
          .addKeyValue("ofEarlier", again.isPresent())
          .log("Training log stored");
      tools.layers().add(known, made.own(), made.pages());
      if (vectors) { // which no JVM runs
        return new Trained(digest, null, event.requestId());
      }
      Path module =
          write(
              folder, image, made.translated().engine(), event.optionsOrNone().translated(digest));
      return new Trained(digest, fasterBy(plain, runs(event, module)), event.requestId());
    } finally {
      PathUtils.deleteDirectory(folder);
    }
  }

  private TrainingLog run(List<TrainingRuns.Run> runs, Engine engine)
      throws RejectedException, IOException, InterruptedException {
    List<Recording> recordings = new ArrayList<>();
    for (TrainingRuns.Run run : runs) {
      recordings.addAll(tools.runs().train(run).recordings());
    }
    return TrainingRuns.checkSize(TrainingLog.of(engine.digest(), recordings));
  }

  /** Of the log of an earlier training, if there is one that still gives translations. */
  private Optional<Made> again(TranslationRequested event, Subject subject)
      throws RejectedException, IOException, InterruptedException {
    Optional<TrainingLog> earlier = new EarlierTrainings(tools.store()).find(event);
    if (earlier.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(make(subject, earlier.get())).filter(Made::isHot);
    } catch (RejectedException e) {
      requireRefusal(e);
      LOGGER
          .atWarn()
          .addKeyValue(LogKeys.ERROR, e.getMessage())
          .log("The log of an earlier training is refused; the image is trained again");
      return Optional.empty();
    }
  }

  /** With what the layers are known for, unless the engine refuses that. */
  private Made make(Subject subject, TrainingLog own)
      throws RejectedException, IOException, InterruptedException {
    EngineTranslator translator = subject.translator();
    LearntOfLayers.Known known = subject.known();
    FilePages pages = translator.find(subject.image(), tools.content(), known.pagesWith(own));
    TrainingLog log =
        LayerLogs.extend(own, known.with(own, pages), pages, TrainingRuns.MAX_LOG_BYTES);
    int added = log.recordings().size() - own.recordings().size();
    if (added > 0) {
      try {
        return new Made(own, pages, log, translator.translate(subject.engine(), log, pages));
      } catch (RejectedException e) {
        requireRefusal(e);
        LOGGER
            .atWarn()
            .addKeyValue(LogKeys.LAYER_RECORDINGS, added)
            .addKeyValue(LogKeys.ERROR, e.getMessage())
            .log("What the layers are known for is refused; the image's own log is used");
      }
    }
    return new Made(own, pages, own, translator.translate(subject.engine(), own, pages));
  }

  /** Passes on what has another cause than the log. */
  private static void requireRefusal(RejectedException e) throws RejectedException {
    if (e.reason() != Reason.LOG_REFUSED && e.reason() != Reason.MEMORY_LIMIT) {
      throw e;
    }
  }

  private Path write(Path folder, PlatformImage image, Engine engine, ConversionOptions options)
      throws RejectedException, IOException {
    Path module = Files.createTempDirectory(folder, "bundle-").resolve("bundle.wasm");
    tools
        .converter()
        .convert(
            image,
            tools.content(),
            engine,
            options,
            BundleOutput.oneFile(module),
            ConversionEvent.Listener.NONE);
    return module;
  }

  private List<TrainingRuns.Run> runs(TranslationRequested event, Path module) {
    Training training = event.training();
    GuestMemory ofBundle = event.optionsOrNone().memory();
    GuestMemory usual = ofBundle == null ? USUAL_MEMORY : ofBundle;
    GuestMemory wanted = training.memory() == null ? usual : training.memory();
    GuestMemory memory = wanted.bytes() < tools.maxMemory().bytes() ? wanted : tools.maxMemory();
    return training.commandWords().stream()
        .map(command -> new TrainingRuns.Run(module, training.time(), memory, command))
        .toList();
  }

  /** Both execute the same instructions. */
  private @Nullable Double fasterBy(List<TrainingRuns.Run> plain, List<TrainingRuns.Run> translated)
      throws IOException, InterruptedException {
    OptionalLong before = sum(plain);
    OptionalLong after = before.isPresent() ? sum(translated) : OptionalLong.empty();
    return after.isPresent() && before.getAsLong() > 0 && after.getAsLong() > 0
        ? Math.max(1, Math.round(100.0 * before.getAsLong() / after.getAsLong())) / 100.0
        : null;
  }

  private OptionalLong sum(List<TrainingRuns.Run> runs) throws IOException, InterruptedException {
    long sum = 0;
    for (TrainingRuns.Run run : runs) {
      OptionalLong one = tools.runs().measure(run);
      if (one.isEmpty()) {
        return one;
      }
      sum += one.getAsLong();
    }
    return OptionalLong.of(sum);
  }
}
