package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.Samples;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.ConverterSettings;
import io.oci2wasm.converter.convert.DirectoryLayerStore;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.ingest.source.layout.LayoutFolder;
import io.oci2wasm.ingest.source.layout.LayoutSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** The sample image of each platform, converted and booted in this JVM. */
@ParameterizedClass
@CsvSource({"linux/riscv64, riscv64", "linux/amd64, x86_64"})
@Timeout(600)
class BundleIT {
  @TempDir static Path folder;

  @SuppressWarnings("NullAway.Init") // set before the instances of its platform are made
  private static Path bundle;

  /** As {@code uname -m} has it. */
  private final String machine;

  private final Platform platform;

  BundleIT(Platform platform, String machine) {
    this.platform = platform;
    this.machine = machine;
  }

  private record Ended(int exitCode, String out, String err) {}

  @BeforeParameterizedClassInvocation
  static void convert(Platform platform, String machine) throws Exception {
    bundle = convert(platform, ConversionOptions.NONE, machine);
  }

  private static Path convert(Platform platform, ConversionOptions options, String name)
      throws Exception {
    Path module = folder.resolve(name + ".wasm");
    try (LayoutSource source = new LayoutSource(new LayoutFolder(Samples.LAYOUT), null, "sample")) {
      PlatformImage image = ImageWalk.walk(source.root(), source, platform::equals).wanted().get(0);
      new ImageConverter(
              new DirectoryLayerStore(folder.resolve("layers")),
              ConverterSettings.withDefaults(folder))
          .convert(
              image,
              source,
              Engine.forPlatform(image.platform()).orElseThrow(),
              options,
              module,
              ConversionEvent.Listener.NONE);
    }
    return module;
  }

  @Test
  void shouldRunTheImagesOwnCommand() throws Exception {
    // When
    Ended ended = run("", Map.of());

    // Then
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains(machine).contains("BusyBox");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void shouldKeepOutputErrorsAndExitCodeApart() throws Exception {
    // When
    Ended ended = run("", Map.of(), "--", "sh", "-c", "echo out; echo err >&2; exit 3");

    // Then
    assertThat(ended).isEqualTo(new Ended(3, "out\n", "err\n"));
  }

  @Test
  void shouldPassVariablesAndArgumentsAsTheyAre() throws Exception {
    // When
    Ended ended =
        run(
            "",
            Map.of("GREETING", "hello $USER"),
            "sh",
            "-c",
            "echo \"$GREETING\"; printf '<%s>' \"$@\"",
            "name",
            "a b",
            "--",
            "ü");

    // Then
    assertThat(ended).isEqualTo(new Ended(0, "hello $USER\n<a b><--><ü>", ""));
  }

  @Test
  void shouldReadStandardInputToItsEnd() throws Exception {
    // Given
    String input = "a line of input\n".repeat(20_000);

    // When
    Ended ended = run(input, Map.of(), "wc", "-c");

    // Then
    assertThat(ended).isEqualTo(new Ended(0, input.length() + "\n", ""));
  }

  @Test
  void shouldShareAHostFolder() throws Exception {
    // Given
    Path shared = Files.createDirectory(folder.resolve("shared-" + machine));
    Files.writeString(shared.resolve("in"), "from the host");

    // When
    Ended ended =
        run(
            "",
            Map.of(),
            List.of(new MappedFolder(shared, "/data", false)),
            "sh",
            "-c",
            "cat /data/in; echo x > /data/out");

    // Then
    assertThat(ended).isEqualTo(new Ended(0, "from the host", ""));
    assertThat(shared.resolve("out")).hasContent("x\n");
  }

  @Test
  void shouldFindTheProgramCompiledTheNextTime() throws Exception {
    // Given
    run("", Map.of(), "true");
    List<Path> compiled = list(cache());

    // When
    Ended ended = run("", Map.of(), "true");

    // Then
    assertThat(ended.exitCode()).isZero();
    assertThat(compiled).hasSize(1);
    assertThat(list(cache())).isEqualTo(compiled);
  }

  @Test
  void shouldHaveTheMemoryItWasConvertedWithUnlessTold() throws Exception {
    // Given
    ConversionOptions options = new ConversionOptions(GuestMemory.parse("320m"));
    Path smaller = convert(platform, options, "smaller-" + machine);

    // When, Then
    assertThat(memory(bundle)).isBetween(460, 512);
    assertThat(memory(smaller)).isBetween(290, 320);
    assertThat(memory(smaller, "--memory", "128m")).isBetween(90, 128);
  }

  /** MiB, as the guest's kernel says. */
  private int memory(Path module, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of(options));
    words.addAll(List.of("awk", "/MemTotal/ {print $2}", "/proc/meminfo"));
    Ended ended = run(module, "", Map.of(), List.of(), words.toArray(String[]::new));
    assertThat(ended.err()).isEmpty();
    return Integer.parseInt(ended.out().strip()) >> 10;
  }

  @Test
  void shouldRefuseAHeaderThatAsksForMemoryNoEngineHas() throws Exception {
    // Given
    byte[] bytes = Files.readAllBytes(bundle);
    int header = new String(bytes, ISO_8859_1).indexOf("OCI2WASM\2\0\0\0");
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(header + 24, 1L << 40);
    Path damaged = Files.write(folder.resolve("damaged-" + machine + ".wasm"), bytes);

    // When
    Ended ended = run(damaged, "", Map.of(), List.of(), "true");

    // Then
    assertThat(ended)
        .isEqualTo(
            new Ended(
                125,
                "",
                "oci2wasm: this bundle asks for 1099511627776 bytes of guest memory, expected 64m"
                    + " to 3g: give --memory, or convert its image again\n"));
  }

  private static List<Path> list(Path directory) throws Exception {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  private Path cache() {
    return folder.resolve("cache-" + machine);
  }

  private Ended run(String input, Map<String, String> variables, String... words) throws Exception {
    return run(input, variables, List.of(), words);
  }

  private Ended run(
      String input, Map<String, String> variables, List<MappedFolder> folders, String... words)
      throws Exception {
    return run(bundle, input, variables, folders, words);
  }

  private Ended run(
      Path module,
      String input,
      Map<String, String> variables,
      List<MappedFolder> folders,
      String... words)
      throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> arguments = new ArrayList<>(List.of("sample.wasm"));
    arguments.addAll(List.of(words));
    int exitCode =
        ModuleRunner.cachingIn(cache())
            .run(
                BundleFile.open(module),
                new ProgramContext(
                    arguments,
                    variables,
                    folders,
                    new ByteArrayInputStream(input.getBytes(UTF_8)),
                    out,
                    err,
                    new ControlLines()));
    return new Ended(exitCode, out.toString(UTF_8), err.toString(UTF_8));
  }
}
