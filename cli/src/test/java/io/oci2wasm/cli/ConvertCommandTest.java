package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.cli.Cli.Result;
import io.oci2wasm.cli.run.BundleFile;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.provenance.Builder;
import io.oci2wasm.converter.provenance.Statement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvertCommandTest {
  @TempDir Path folder;

  @Test
  void shouldWriteTheOnePlatformAskedForToTheFileNamed() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");

    // When
    Result result =
        Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64", "-o", file);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("linux/riscv64 " + file + " (");
    assertThat(result.err()).contains("converted, 1 of 1").doesNotContain("left out");
    BundleDescription description = description(file);
    assertThat(description.platform()).hasToString("linux/riscv64");
    assertThat(description.manifestDigest())
        .hasToString(Samples.manifest("riscv64").path("digest").asText());
  }

  @Test
  void shouldConvertAllThatHaveAnEngineAndNameTheOthersWithTheReason() throws Exception {
    // Given
    Path layout = Samples.copy(folder.resolve("layout"));
    Samples.replaceIndex(
        layout,
        Samples.absentChild("linux", "s390x"),
        Samples.manifest("riscv64"),
        Samples.manifest("amd64"));
    Path out = folder.resolve("out");

    // When
    Result result = Cli.execute("convert", "oci:" + layout, "-o", out);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("left out: linux/s390x (no-engine): ");
    assertThat(names(out)).containsExactly("linux-amd64.wasm", "linux-riscv64.wasm");
  }

  @Test
  void shouldConvertImagesOf386WithTheEngineOfAmd64() throws Exception {
    // Given
    Path layout = Samples.copy(folder.resolve("layout"));
    Samples.replaceIndex(
        layout, Samples.manifest("amd64"), Samples.imageFor(layout, "386", "amd64"));
    Path out = folder.resolve("out");

    // When
    Result result = Cli.execute("convert", "oci:" + layout, "-o", out);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).doesNotContain("left out");
    assertThat(names(out)).containsExactly("linux-386.wasm", "linux-amd64.wasm");
    BundleDescription of386 = description(out.resolve("linux-386.wasm"));
    BundleDescription ofAmd64 = description(out.resolve("linux-amd64.wasm"));
    assertThat(of386.platform()).hasToString("linux/386");
    assertThat(of386.engine()).isEqualTo(ofAmd64.engine());
  }

  @Test
  void shouldWriteAFileWhereTheNameSaysSoAndOnePlatformIsThere() throws Exception {
    // Given
    Path layout = Samples.copy(folder.resolve("layout"));
    Samples.replaceIndex(layout, Samples.manifest("amd64"));
    Path file = folder.resolve("app.wasm");

    // When
    Result result = Cli.execute("convert", "oci:" + layout, "-o", file);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(file).isRegularFile();
  }

  @Test
  void shouldRefuseToWriteTwoPlatformsToOneFile() {
    // Given
    Path file = folder.resolve("app.wasm");

    // When
    Result result = Cli.execute("convert", "oci:" + Samples.LAYOUT + ":latest", "-o", file);

    // Then
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("found 2 platforms").contains("--platform");
    assertThat(file).doesNotExist();
  }

  @Test
  void shouldFindOutBeforeTheWorkThatTheResultHasNoPlace() {
    // Given
    Path file = folder.resolve("missing/app.wasm");

    // When
    Result result =
        Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "x86_64", "-o", file);

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(result.err())
        .contains("found no folder " + file.getParent())
        .doesNotContain("layer", "converted");
  }

  @Test
  void shouldWriteToStandardOutputWhatItWritesToAFile() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "amd64", "-o", file);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    PrintStream usual = System.out;
    System.setOut(new PrintStream(written, false, StandardCharsets.UTF_8));

    // When
    Result result;
    try {
      result = Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "amd64", "-o", "-");
    } finally {
      System.setOut(usual);
    }

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("linux/amd64 standard output (");
    assertThat(written.toByteArray()).isEqualTo(Files.readAllBytes(file));
  }

  @Test
  void shouldNotCallDoneWhatNobodyTook() {
    // Given
    PrintStream usual = System.out;
    System.setOut(
        new PrintStream(
            new OutputStream() {
              @Override
              public void write(int one) throws IOException {
                throw new IOException("full");
              }
            }));

    // When
    Result result;
    try {
      result = Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "amd64", "-o", "-");
    } finally {
      System.setOut(usual);
    }

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(result.err()).contains("output -: found an error while writing");
  }

  @Test
  void shouldRefuseSeveralModulesOnStandardOutput() {
    // When
    Result result = Cli.execute("convert", "oci:" + Samples.LAYOUT, "-o", "-");

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("output -: found 2 platforms");
  }

  @Test
  void shouldWriteTwoFilesAndTellOfBoth() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    Path data = folder.resolve("app.data");
    Object[] words = {
      "convert", "oci:" + Samples.LAYOUT, "--platform", "amd64", "-o", file, "--split"
    };

    // When
    Result result = Cli.execute(words);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains(" and app.data ");
    assertThat(result.err()).doesNotContain("1 GiB");
    assertThat(names(folder)).containsExactly("app.data", "app.wasm");
    assertThat(dataState(file)).isEqualTo("matches");
    Files.write(data, new byte[7]);
    assertThat(dataState(file)).startsWith(data + ": found 7 bytes, expected ");
    Files.delete(data);
    assertThat(dataState(file)).isEqualTo(data + ": found no such file");
  }

  private static String dataState(Path bundle) throws Exception {
    JsonNode told = Json.MAPPER.readTree(Cli.execute("inspect", bundle).out());
    assertThat(told.path("data").path("file").asText()).isEqualTo("app.data");
    return told.path("data").path("state").asText();
  }

  @Test
  void shouldMakeTheSameSplitComponentOfABundleAsOfItsImage() throws Exception {
    // Given
    Path plain = folder.resolve("app.wasm");
    Path made = folder.resolve("made.wasm");
    Path same = Files.createDirectory(folder.resolve("same")).resolve("app.wasm");
    Object[] words = {"convert", "oci:" + Samples.LAYOUT, "--platform", "amd64", "--split", "-o"};
    Cli.execute(words[0], words[1], words[2], words[3], words[4], words[5], plain);
    Cli.execute(words[0], words[1], words[2], words[3], words[4], "--component", words[5], same);

    // When
    Result result = Cli.execute("component", plain, "-o", made);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains(made + " needs app.data of " + plain + " beside it");
    assertThat(made).hasSameBinaryContentAs(same);
    assertThat(same.resolveSibling("app.data")).hasSameBinaryContentAs(folder.resolve("app.data"));
  }

  @Test
  void shouldRefuseToMapAFolderToTheDataFilesPlace() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "amd64", "-o", file);

    // When
    Result result = Cli.execute("run", "--dir", folder + ":/.oci2wasm", file);

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("--dir " + folder + ":/.oci2wasm: found /.oci2wasm");
  }

  @Test
  void shouldRefuseTwoFilesOnStandardOutput() {
    // When
    Result result =
        Cli.execute(
            "convert", "oci:" + Samples.LAYOUT, "--platform", "amd64", "-o", "-", "--split");

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("--split: found output -, expected a file");
  }

  @Test
  void shouldReadAnArchiveFromStandardInput() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    InputStream usual = System.in;
    System.setIn(Files.newInputStream(Samples.archive(folder.resolve("image.tgz"))));

    // When
    Result result;
    try {
      result = Cli.execute("convert", "-", "--platform", "amd64", "-o", file);
    } finally {
      System.in.close();
      System.setIn(usual);
    }

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(description(file).manifestDigest())
        .hasToString(Samples.manifest("amd64").path("digest").asText());
  }

  @Test
  void shouldNameTheCommandThatWasMeant() {
    // When
    Result result = Cli.execute("convrt", "oci:" + Samples.LAYOUT);

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("Did you mean: oci2wasm convert");
  }

  @Test
  void shouldSayOfAMissingFileThatItIsMissing() {
    // When
    Result result = Cli.execute("inspect", folder.resolve("missing.wasm"));

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(result.err())
        .contains("missing.wasm: found none, expected one")
        .doesNotContain("Exception");
  }

  @Test
  void shouldRefuseAMissingFileOfCredentials() {
    // When
    Result result =
        Cli.execute("convert", "registry.example/app", "--authfile", folder.resolve("missing"));

    // Then
    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("--authfile " + folder.resolve("missing"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--gateway localhost:8080                         | --gateway: found \"localhost:8080\"",
        "--gateway http://127.0.0.1:1 --provenance        | --gateway: found it with --provenance",
        "--gateway http://127.0.0.1:1 --sbom              | --gateway: found it with --provenance",
        "--gateway http://127.0.0.1:1 --component         | --gateway: found it with --provenance",
        "--gateway http://127.0.0.1:1 --split             | --gateway: found it with --provenance",
        "--api-token-file token                           | --api-token-file: found no --gateway",
      })
  void shouldRefuseOptionsOfAGatewayThatDoNotFit(String options, String why) {
    List<Object> words = new ArrayList<>(List.of("convert", "r.example/app:1"));
    words.addAll(List.of(options.split(" ")));

    Result result = Cli.execute(words.toArray());

    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains(why);
  }

  @Test
  void shouldLetAGatewayConvertOnlyWhatItCanFetch() {
    Result result =
        Cli.execute("convert", "oci:" + Samples.LAYOUT, "--gateway", "http://127.0.0.1:1");

    assertThat(result.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(result.err()).contains("expected one in a registry");
  }

  @Test
  void shouldLeaveOutAVariantThatMayNeedMoreThanTheEngineHas() throws Exception {
    // Given
    Path layout = Samples.copy(folder.resolve("layout"));
    ObjectNode more = Samples.absentChild("linux", "amd64");
    more.withObject("/platform").put("variant", "v3");
    Samples.replaceIndex(layout, more, Samples.manifest("amd64"));
    Path file = folder.resolve("app.wasm");

    // When
    Result result = Cli.execute("convert", "oci:" + layout, "-o", file);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("linux/amd64 ");
    assertThat(result.err()).contains("left out: linux/amd64/v3 (no-engine): ");
  }

  @Test
  void shouldGiveTheSameBytesAgain() throws Exception {
    // Given
    Path first = folder.resolve("first.wasm");
    Path second = folder.resolve("second.wasm");
    Path cache = folder.resolve("cache");
    String[] sample = {"convert", "oci:" + Samples.LAYOUT, "--platform", "linux/amd64"};
    Cli.execute(sample[0], sample[1], sample[2], sample[3], "-o", first, "--layer-cache", cache);

    // When
    Result result =
        Cli.execute(
            sample[0], sample[1], sample[2], sample[3], "-o", second, "--layer-cache", cache);

    // Then
    assertThat(result.err()).contains("converted before");
    assertThat(second).hasSameBinaryContentAs(first);
  }

  @ParameterizedTest
  @CsvSource({
    "linux/s390x, found no engine",
    "linux/riscv64, 'looking for linux/riscv64 in oci:'",
  })
  void shouldRefuseAPlatformThatHasNoEngineOrIsNotThere(String platform, String message)
      throws Exception {
    // Given
    Path layout = Samples.copy(folder.resolve("layout"));
    Samples.replaceIndex(layout, Samples.absentChild("linux", "s390x"));
    Path file = folder.resolve("app.wasm");

    // When
    Result result = Cli.execute("convert", "oci:" + layout, "--platform", platform, "-o", file);

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("oci2wasm: ").contains(message);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(file).doesNotExist();
  }

  /** What is written to it finds no space. */
  private static final Path FULL = Path.of("/dev/full");

  @ParameterizedTest
  @CsvSource({
    "convert, '',      a.wasm.part,          a.wasm",
    "convert, --split, a.data.part,          a.data",
    "convert, --sbom,  a.wasm.sbom.cdx.json, a.wasm.sbom.cdx.json",
    "rootfs,  '',      a.wasm.part,          a.wasm",
  })
  void shouldNameTheFileWhoseDiskIsFull(String command, String option, String full, String named)
      throws Exception {
    assumeThat(FULL).exists();
    Path out = Files.createDirectory(folder.resolve("out"));
    Files.createSymbolicLink(out.resolve(full), FULL);
    List<Object> words =
        new ArrayList<>(
            List.of(command, "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64", "-o"));
    words.add(out.resolve("a.wasm"));
    if (!option.isEmpty()) {
      words.add(option);
    }

    Result result = Cli.execute(words.toArray());

    assertThat(result.exitCode()).isEqualTo(ExitCodes.UNAVAILABLE);
    assertThat(result.err().lines())
        .last(STRING)
        .startsWith("oci2wasm: file " + out.resolve(named).toAbsolutePath() + ": ")
        .contains("found no space left on its disk; free some, or choose another place");
  }

  @Test
  void shouldLeaveNothingBehindWhereALayerIsDamaged() throws Exception {
    // Given
    Path layout = Samples.copy(folder.resolve("layout"));
    JsonNode manifest =
        Json.MAPPER.readTree(
            Samples.blob(layout, Samples.manifest("riscv64").path("digest").asText()).toFile());
    Path layer = Samples.blob(layout, manifest.path("layers").path(0).path("digest").asText());
    byte[] bytes = Files.readAllBytes(layer);
    bytes[bytes.length / 2] ^= 1;
    Files.write(layer, bytes);
    Path out = Files.createDirectory(folder.resolve("out"));
    List<String> before = temporaryFolders();

    // When
    Result result =
        Cli.execute(
            "convert", "oci:" + layout, "--platform", "linux/riscv64", "-o", out.resolve("a.wasm"));

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("oci2wasm: ").contains(layer.getFileName().toString());
    assertThat(names(out)).isEmpty();
    assertThat(temporaryFolders()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "app, 'HOST[:PORT]/REPOSITORY'",
    "oci:/no/such/layout, found no such folder",
  })
  void shouldTellAWrongCommandLineFromARefusedImage(String source, String message) {
    // When
    Result result = Cli.execute("convert", source);

    // Then
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains(message)
        .contains("Try 'oci2wasm convert --help'.")
        .doesNotContain("Exception");
  }

  @Test
  void shouldWriteTheRootFilesystemAloneForThePlatformAskedFor() throws Exception {
    // Given
    Path file = folder.resolve("rootfs.erofs");

    // When
    Result result =
        Cli.execute("rootfs", "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64", "-o", file);

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("linux/riscv64 " + file);
    // EROFS: the magic 0xe0f5e1e2 at byte 1024, little-endian.
    assertThat(Files.readAllBytes(file))
        .hasSizeGreaterThan(4096)
        .startsWith(new byte[1024])
        .containsSequence(0xe2, 0xe1, 0xf5, 0xe0);
  }

  @Test
  void shouldPrintWhatABundleSaysOfItself() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "linux/amd64", "-o", file);

    // When
    Result result = Cli.execute("inspect", file);

    // Then
    assertThat(result.exitCode()).isZero();
    BundleDescription description =
        BundleDescription.parse(result.out().getBytes(StandardCharsets.UTF_8));
    assertThat(description.platform()).hasToString("linux/amd64");
    assertThat(description.components()).isNotEmpty();
  }

  @Test
  void shouldTellTheMemoryItWasToldInBundleAndProvenance() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    Path plain = folder.resolve("plain.wasm");
    Object[] sample = {"convert", "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64"};
    Cli.execute(sample[0], sample[1], sample[2], sample[3], "-o", plain);

    // When
    Result result =
        Cli.execute(
            sample[0],
            sample[1],
            sample[2],
            sample[3],
            "-o",
            file,
            "--memory",
            "512m",
            "--provenance");

    // Then
    assertThat(result.exitCode()).isZero();
    JsonNode told = Json.MAPPER.readTree(Cli.execute("inspect", file).out());
    JsonNode untold = Json.MAPPER.readTree(Cli.execute("inspect", plain).out());
    assertThat(told.path("options")).hasToString("{\"memory\":536870912}");
    assertThat(told.path("provenance").path("subjectMatches").asBoolean()).isTrue();
    assertThat(untold.has("options")).isFalse();
    assertThat(told.path("conversionId")).isNotEqualTo(untold.path("conversionId"));
    assertThat(folder.resolve("app.wasm.provenance.json"))
        .content()
        .contains("\"options\":{\"memory\":536870912}");
  }

  @ParameterizedTest
  @CsvSource({"32m, 'found 32m, expected 64m to 3g'", "lots, 'size: found \"lots\"'"})
  void shouldRefuseMemoryThatNoEngineHas(String memory, String message) {
    // Given
    Path file = folder.resolve("app.wasm");

    // When
    Result result = Cli.execute("convert", "oci:" + Samples.LAYOUT, "-o", file, "--memory", memory);

    // Then
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--memory").contains(message).doesNotContain("Exception");
    assertThat(file).doesNotExist();
  }

  @Test
  void shouldWriteTheBillOfMaterialsBesideTheModule() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");

    // When
    Result result =
        Cli.execute(
            "convert",
            "oci:" + Samples.LAYOUT,
            "--platform",
            "linux/riscv64",
            "-o",
            file,
            "--sbom");

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(names(folder)).containsExactly("app.wasm", "app.wasm.sbom.cdx.json");
    JsonNode sbom = Json.MAPPER.readTree(folder.resolve("app.wasm.sbom.cdx.json").toFile());
    JsonNode inspected = Json.MAPPER.readTree(Cli.execute("inspect", file).out());
    assertThat(sbom.path("metadata").path("component").path("version"))
        .isEqualTo(inspected.path("manifestDigest"));
    assertThat(sbom.path("components"))
        .extracting(one -> one.path("bom-ref").asText())
        .contains("engine", "engine/Linux");
    // Where the image lay is nobody's business who gets the module.
    assertThat(sbom.toString()).doesNotContain(Samples.LAYOUT.toString());
  }

  @Test
  void shouldWriteNoBillOfMaterialsBesideStandardOutput() {
    Result result =
        Cli.execute(
            "convert", "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64", "-o", "-", "--sbom");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--sbom: found output -, expected a file");
  }

  @Test
  void shouldWriteProvenanceBesideTheModuleOnlyWhenAsked() throws Exception {
    // Given
    Path plain = folder.resolve("plain.wasm");
    Path file = folder.resolve("app.wasm");
    Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64", "-o", plain);

    // When
    Result result =
        Cli.execute(
            "convert",
            "oci:" + Samples.LAYOUT,
            "--platform",
            "linux/riscv64",
            "-o",
            file,
            "--provenance");

    // Then
    assertThat(result.exitCode()).isZero();
    assertThat(names(folder)).containsExactly("app.wasm", "app.wasm.provenance.json", "plain.wasm");
    assertThat(file).hasSameBinaryContentAs(plain);
    Statement statement =
        Statement.parse(Files.readAllBytes(folder.resolve("app.wasm.provenance.json")));
    assertThat(statement.isAbout(Sha256Digest.of(Files.readAllBytes(file)))).isTrue();
    assertThat(statement.predicate().runDetails().builder().id()).isEqualTo(Builder.COMMAND);
    // Where the image lay is nobody's business who gets the module.
    assertThat(new String(statement.toJson(), StandardCharsets.UTF_8))
        .doesNotContain(Samples.LAYOUT.toString());
  }

  @Test
  void shouldTellWhetherTheProvenanceBesideAModuleIsAboutIt() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    Path other = folder.resolve("other.wasm");
    Path without = folder.resolve("without.wasm");
    Cli.execute(
        "convert",
        "oci:" + Samples.LAYOUT,
        "--platform",
        "linux/riscv64",
        "-o",
        file,
        "--provenance");
    Files.copy(file, without);
    Files.copy(
        folder.resolve("app.wasm.provenance.json"), folder.resolve("other.wasm.provenance.json"));
    // An empty custom section more: still a bundle, but not those bytes.
    Files.write(other, Files.readAllBytes(file));
    Files.write(other, new byte[] {0, 1, 0}, StandardOpenOption.APPEND);

    // When
    List<JsonNode> inspected = new ArrayList<>();
    for (Path module : List.of(file, other, without)) {
      inspected.add(Json.MAPPER.readTree(Cli.execute("inspect", module).out()));
    }

    // Then
    assertThat(inspected)
        .extracting(one -> one.path("provenance").path("subjectMatches").asText())
        .containsExactly("true", "false", "");
  }

  @Test
  void shouldRefuseToInspectProvenanceThatIsNone() throws Exception {
    // Given
    Path file = folder.resolve("app.wasm");
    Cli.execute("convert", "oci:" + Samples.LAYOUT, "--platform", "linux/riscv64", "-o", file);
    Files.writeString(folder.resolve("app.wasm.provenance.json"), "{}");

    // When
    Result result = Cli.execute("inspect", file);

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("app.wasm.provenance.json: found no in-toto statement")
        .contains("convert again with --provenance");
  }

  @Test
  void shouldTellAComponentFromAModuleAndRunOnlyModules() throws Exception {
    // Given: the smallest component with a bundle's description in its module
    Path file = folder.resolve("app.component.wasm");
    String module = "0061736d01000000" + "0012" + "0f6f6369327761736d2e62756e646c65" + "7b7d";
    Files.write(file, HexFormat.of().parseHex("0061736d0d000100" + "011c" + module));

    // When
    Result inspected = Cli.execute("inspect", file);
    Result run = Cli.execute("run", file);
    Result again = Cli.execute("component", file, "-o", folder.resolve("other.wasm"));

    // Then
    assertThat(Json.MAPPER.readTree(inspected.out()).path("form").asText()).isEqualTo("component");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("found a component, expected a module; run it with wasmtime");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("found a component already, expected a module");
    assertThat(folder.resolve("other.wasm")).doesNotExist();
  }

  @Test
  void shouldRefuseToInspectWhatIsNoModule() throws Exception {
    // Given
    Path file = Files.writeString(folder.resolve("text.wasm"), "no module");

    // When
    Result result = Cli.execute("inspect", file);

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains(file.toString()).contains("expected a WebAssembly module");
  }

  private static BundleDescription description(Path bundle) throws Exception {
    return BundleDescription.parse(BundleFile.open(bundle).description());
  }

  private static List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<String> temporaryFolders() throws IOException {
    return names(Path.of(System.getProperty("java.io.tmpdir"))).stream()
        .filter(name -> name.startsWith("oci2wasm-"))
        .toList();
  }
}
