package io.oci2wasm.cli;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.cli.progress.Sizes;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.bundle.PayloadHeader;
import io.oci2wasm.converter.convert.ConversionId;
import io.oci2wasm.converter.convert.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a component of a bundle: the component's engine with the bundle's payload. */
@Command(
    name = "component",
    description = {
      "Makes a component of a bundle, for runtimes that grant sockets to components (WASI 0.2):",
      "wasmtime run -S inherit-network,allow-ip-name-lookup OUT -p 8080:80",
      "The result is what convert --component makes of the same image."
    },
    mixinStandardHelpOptions = true)
final class ComponentCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(paramLabel = "MODULE", description = "The bundle, a .wasm file.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path module;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "The component's file.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path output;

  @Override
  public Integer call() throws RejectedException, IOException {
    Outputs outputs = Outputs.file(output);
    outputs.check();
    BundleFile bundle = BundleFile.open(module);
    if (bundle.isComponent()) {
      throw new RejectedException(
          Reason.NOT_AN_IMAGE,
          "making a component of " + module + ": found a component already, expected a module");
    }
    BundleDescription description = BundleDescription.parse(bundle.description());
    Engine engine = engineFor(description).component();
    ByteBuffer launch = bundle.segments().get(BundleWriter.LAUNCH_SEGMENT).duplicate();
    ByteBuffer frames = bundle.segments().get(BundleWriter.FRAMES_SEGMENT).duplicate();
    byte[] launchBytes = new byte[launch.remaining()];
    launch.get(launchBytes);
    ConversionOptions options =
        Optional.ofNullable(description.options()).orElse(ConversionOptions.NONE);
    ByteBuffer header = bundle.segments().get(BundleWriter.FIRST_SEGMENT);
    BundleWriter writer =
        new BundleWriter(
            engine,
            options,
            launchBytes,
            PayloadHeader.frames(header),
            bundle.dataFile().orElse(null),
            describe(description, engine, options).toJson(),
            BundleWriter.MAX_MODULE_BYTES);
    try (OutputFile file = new OutputFile(output)) {
      file.write(
          channel ->
              writer.writeTo(
                  channel,
                  target -> {
                    while (frames.hasRemaining()) {
                      target.write(frames);
                    }
                  }));
      file.publish();
    }
    outputs.tell(
        spec.commandLine(), description.platform(), output, Sizes.text(writer.sizeBytes()));
    BundleDescription.Data data = description.data();
    if (data != null) {
      spec.commandLine()
          .getErr()
          .println(output + " needs " + data.file() + " of " + module + " beside it");
    }
    return ExitCodes.OK;
  }

  /** The engine that the bundle has, if it is this version's. */
  private Engine engineFor(BundleDescription description) throws RejectedException, IOException {
    Engine engine =
        Engine.forPlatform(description.platform())
            .orElseThrow(
                () ->
                    new RejectedException(
                        Reason.NO_ENGINE,
                        String.format(
                            "making a component of %s: found a bundle for %s, expected one of %s",
                            module, description.platform(), Engine.platforms())));
    if (!engine.digest().equals(description.engine().digest())) {
      throw new RejectedException(
          Reason.NO_ENGINE,
          String.format(
              "making a component of %s: found engine %s (%s), expected this version's, %s (%s);"
                  + " convert its image with --component",
              module,
              description.engine().version(),
              description.engine().digest(),
              engine.version(),
              engine.digest()));
    }
    return engine;
  }

  /** As the converter describes what it makes with this engine. */
  private static BundleDescription describe(
      BundleDescription old, Engine engine, ConversionOptions options) {
    return new BundleDescription(
        old.schema(),
        ConversionId.of(
            old.manifestDigest(), engine.digest(), options, Objects.requireNonNull(old.packer())),
        old.platform(),
        old.manifestDigest(),
        old.configDigest(),
        old.layers(),
        old.converterVersion(),
        old.packer(),
        options,
        new BundleDescription.EngineUsed(engine.version(), engine.digest(), engine.sizeBytes()),
        old.rootfs(),
        engine.components(),
        old.data(),
        null,
        null);
  }
}
