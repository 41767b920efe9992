package io.oci2wasm.cli;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.ImagePlatforms;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.progress.ConversionProgress;
import io.oci2wasm.cli.progress.Sizes;
import io.oci2wasm.cli.remote.RefusedCallException;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.ConversionResult;
import io.oci2wasm.converter.convert.ConverterVersion;
import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.converter.provenance.Builder;
import io.oci2wasm.converter.provenance.Statement;
import io.oci2wasm.converter.sbom.Sbom;
import io.oci2wasm.ingest.source.ImageSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Converts one image, without the pipeline. */
@Command(
    name = "convert",
    description = "Converts an image: one WebAssembly module for each platform.",
    mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {
  private static final String SBOM_SUFFIX = ".sbom.cdx.json";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final SourceOptions source = new SourceOptions();
  @Mixin private final WorkOptions work = new WorkOptions();

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private GatewayConversion gateway;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH[/VARIANT]",
      description =
          "Convert only this platform. May be repeated. Default: all that have an engine.")
  private List<Platform> platforms = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description =
          "A file if one platform is chosen or the name ends in .wasm, else a folder; - is standard"
              + " output. Default: the image's name.")
  private @Nullable Path output;

  @Option(
      names = "--provenance",
      description =
          "Also write the provenance of each module, to MODULE"
              + ProvenanceFile.SUFFIX
              + " (in-toto statement, SLSA provenance v1).")
  private boolean provenance;

  @Option(
      names = "--sbom",
      description =
          "Also write the bill of materials of each module, to MODULE"
              + SBOM_SUFFIX
              + " (CycloneDX): packages of the image, and parts of the engine.")
  private boolean sbom;

  @Option(
      names = "--component",
      description =
          "Write components instead of modules: they have sockets of their own in wasmtime and jco"
              + " (WASI 0.2), and take -p, --network and --allow themselves.")
  private boolean component;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "Guest memory, 64m to 3g, e.g. 512m. --memory at run time overrides it. Default: the"
              + " engine's.")
  private @Nullable GuestMemory memory;

  @Option(
      names = "--compression",
      paramLabel = "none|zstd[:LEVEL]",
      description =
          "How the root filesystem is compressed; levels are 1 to 19. none makes larger modules,"
              + " sooner. Default: zstd:1.")
  private @Nullable FrameCompression compression;

  @Option(
      names = "--split",
      description =
          "Write two files: app.wasm, and app.data beside it with the image's files. Larger images"
              + " than node and browsers take in one module are split anyway.")
  private boolean split;

  @Mixin private final TrainingOptions training = new TrainingOptions();

  @Override
  public Integer call()
      throws RejectedException, RefusedCallException, IOException, InterruptedException {
    training.check(spec.commandLine(), component, provenance);
    if (gateway.isWanted()) {
      return convertAtGateway();
    }
    for (Platform platform : platforms) {
      requireEngine(platform);
    }
    try (ImageSource image = source.open();
        TemporaryConverter place = work.open(compression())) {
      ImagePlatforms chosen = new PlatformChoice(platforms, ConvertCommand::hasEngine).of(image);
      Outputs outputs = outputs(chosen.wanted().size(), place);
      outputs.check();
      Room.OF_MACHINE.check(chosen.wanted(), place.freshLayers());
      training.checkPlatforms(spec.commandLine(), chosen.wanted().size());
      report(chosen.leftOut());
      for (PlatformImage one : chosen.wanted()) {
        convert(one, image, place, outputs);
      }
      return chosen.leftOut().stream().anyMatch(ImagePlatforms.LeftOut::failed)
          ? ExitCodes.REJECTED
          : ExitCodes.OK;
    }
  }

  private int convertAtGateway() throws RejectedException, RefusedCallException, IOException {
    if (provenance
        || sbom
        || component
        || split
        || memory != null
        || compression != null
        || training.isWanted()) {
      throw new ParameterException(
          spec.commandLine(),
          "--gateway: found it with --provenance, --sbom, --component, --split, --memory,"
              + " --compression or --train, expected none of them: its configuration and its API"
              + " say what it makes");
    }
    try (TemporaryConverter place = work.open(compression())) {
      return gateway.convert(
          source.reference(), platforms, source.caFile(), count -> outputs(count, place));
    }
  }

  private void convert(
      PlatformImage one, ImageSource image, TemporaryConverter place, Outputs outputs)
      throws RejectedException, IOException, InterruptedException {
    Path file = outputs.of(one.platform());
    Engine plain = Engine.forPlatform(one.platform()).orElseThrow();
    Engine engine = component ? plain.component() : plain;
    ConversionOptions options = new ConversionOptions(memory);
    if (training.isWanted()) {
      Training.Trained trained =
          new Training(place, training, spec.commandLine().getErr())
              .of(one, image, engine, options);
      engine = trained.engine();
      options = trained.options();
    }
    ConversionResult result;
    try (ConversionProgress progress =
        ConversionProgress.create(spec.commandLine().getErr(), one)) {
      result =
          place
              .converter()
              .convert(one, image, engine, options, outputs.bundle(file, split), progress);
      progress.finished();
    }
    BundleDescription.Module module = Objects.requireNonNull(result.description().bundle());
    if (provenance) {
      ProvenanceFile.beside(file)
          .write(
              Statement.of(
                  ConverterVersion.builder(Builder.COMMAND, compression()),
                  one,
                  engine,
                  options,
                  module));
    }
    if (sbom) {
      FileTrouble.write(
          file.resolveSibling(file.getFileName() + SBOM_SUFFIX),
          Sbom.of(
              result.description(),
              engine,
              result.packages(),
              Outputs.nameFor(source.reference())));
    }
    outputs.written(file);
    BundleDescription.Data data = result.description().data();
    outputs.tell(
        spec.commandLine(),
        one.platform(),
        file,
        Sizes.text(module.size())
            + (data == null ? "" : " and " + data.file() + " " + Sizes.text(data.size()))
            + ", "
            + module.digest());
    if (data != null && !split) {
      spec.commandLine()
          .getErr()
          .println(
              String.format(
                  "%s would be over the 1 GiB that node and browsers take in a module: it is split,"
                      + " and needs %s beside it",
                  file, data.file()));
    }
  }

  private FrameCompression compression() {
    return compression == null ? FrameCompression.DEFAULT : compression;
  }

  private Outputs outputs(int count, TemporaryConverter place) {
    Path chosen = output;
    if (Outputs.STANDARD.equals(chosen)) {
      requireOne(count, Outputs.STANDARD);
      if (provenance || sbom) {
        throw new ParameterException(
            spec.commandLine(),
            (provenance ? "--provenance" : "--sbom")
                + ": found output -, expected a file to write it beside");
      }
      if (split) {
        throw new ParameterException(
            spec.commandLine(),
            "--split: found output -, expected a file to write the other beside");
      }
      return Outputs.standard(place.file("module.wasm"));
    }
    String name = Outputs.nameFor(source.reference());
    if (platforms.size() == 1) {
      return Outputs.file(chosen != null ? chosen : Path.of(name + ".wasm"));
    }
    if (chosen == null) {
      return Outputs.folder(Path.of(name + "-wasm"));
    }
    if (!chosen.toString().endsWith(".wasm")) {
      return Outputs.folder(chosen);
    }
    requireOne(count, chosen);
    return Outputs.file(chosen);
  }

  private void requireOne(int count, Path chosen) {
    if (count > 1) {
      throw new ParameterException(
          spec.commandLine(),
          String.format(
              "output %s: found %s platforms to convert, expected one for one file; choose"
                  + " one with --platform, or name a folder",
              chosen, count));
    }
  }

  private void report(List<ImagePlatforms.LeftOut> leftOut) {
    for (ImagePlatforms.LeftOut one : leftOut) {
      spec.commandLine()
          .getErr()
          .println(
              String.format(
                  "%s: %s (%s): %s",
                  one.failed() ? "failed" : "left out",
                  one.platform() == null ? one.descriptor().digest() : one.platform(),
                  one.reason(),
                  one.message()));
    }
  }

  private static boolean hasEngine(Platform platform) {
    return Engine.platforms().stream().anyMatch(platform::runsOn);
  }

  private static void requireEngine(Platform platform) throws RejectedException {
    if (!hasEngine(platform)) {
      throw new RejectedException(
          Reason.NO_ENGINE,
          String.format(
              "converting for %s: found no engine, expected one of %s; `rootfs` works for"
                  + " every platform",
              platform, Engine.platforms()));
    }
  }
}
