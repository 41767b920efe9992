package io.oci2wasm.cli;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.progress.ConversionProgress;
import io.oci2wasm.cli.progress.Sizes;
import io.oci2wasm.converter.convert.RootfsResult;
import io.oci2wasm.converter.convert.Tails;
import io.oci2wasm.ingest.source.ImageSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes an image's root filesystem alone. */
@Command(
    name = "rootfs",
    description =
        "Writes the root filesystem of one platform as an EROFS image. Works for every"
            + " architecture.",
    mixinStandardHelpOptions = true)
final class RootfsCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final SourceOptions source = new SourceOptions();
  @Mixin private final WorkOptions work = new WorkOptions();

  @Option(
      names = "--platform",
      required = true,
      paramLabel = "OS/ARCH[/VARIANT]",
      description = "The platform.")
  @SuppressWarnings("NullAway.Init") // required
  private Platform platform;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The file to write; - is standard output.")
  @SuppressWarnings("NullAway.Init") // required
  private Path output;

  @Override
  public Integer call() throws RejectedException, IOException {
    try (ImageSource image = source.open();
        TemporaryConverter place = work.openForRootfs()) {
      PlatformImage one =
          new PlatformChoice(List.of(platform), any -> true).of(image).wanted().get(0);
      Outputs outputs =
          Outputs.STANDARD.equals(output)
              ? Outputs.standard(place.file("rootfs.erofs"))
              : Outputs.file(output);
      outputs.check();
      Room.OF_MACHINE.check(List.of(one), place.freshLayers());
      Path file = outputs.of(platform);
      RootfsResult result;
      try (ConversionProgress progress =
          ConversionProgress.create(spec.commandLine().getErr(), one)) {
        result = place.converter().rootfs(one, image, file, Tails.BESIDE_INODES, progress);
        progress.finished();
      }
      outputs.written(file);
      outputs.tell(
          spec.commandLine(),
          one.platform(),
          file,
          Sizes.text(result.sizeBytes()) + ", " + result.files() + " files");
      return ExitCodes.OK;
    }
  }
}
