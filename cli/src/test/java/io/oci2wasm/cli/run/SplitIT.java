package io.oci2wasm.cli.run;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.cli.Samples;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.bundle.PayloadHeader;
import io.oci2wasm.converter.convert.BundleOutput;
import io.oci2wasm.converter.convert.BundleOutput.Splitting;
import io.oci2wasm.converter.convert.ConversionEvent;
import io.oci2wasm.converter.convert.ConverterSettings;
import io.oci2wasm.converter.convert.DirectoryLayerStore;
import io.oci2wasm.converter.convert.ImageConverter;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.ingest.source.layout.LayoutFolder;
import io.oci2wasm.ingest.source.layout.LayoutSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A split bundle of an image with a file of 5 GiB, nearly all of it a hole, booted in this JVM. */
@Timeout(900)
class SplitIT {
  private static final long HOLE_BYTES = 5L << 30;

  /** A layer may be at most 200 times larger than its blob; these bytes come first. */
  private static final int FILLER_BYTES = 30 << 20;

  private static final int BLOCK_BYTES = 512;
  private static final String END = "the end of the hole\n";
  private static final String LAST = "the end of the last file\n";

  @TempDir static Path folder;

  @SuppressWarnings("NullAway.Init") // set before the tests
  private static Path bundle;

  private record Ended(int exitCode, String out, String err) {}

  @BeforeAll
  static void convert() throws Exception {
    Path layout = Samples.withLayer(folder.resolve("layout"), "amd64", SplitIT::writeLayer);
    bundle = folder.resolve("app.wasm");
    try (LayoutSource source = new LayoutSource(new LayoutFolder(layout), null, "sparse")) {
      PlatformImage image =
          ImageWalk.walk(source.root(), source, Platform.parse("linux/amd64")::equals)
              .wanted()
              .get(0);
      new ImageConverter(
              new DirectoryLayerStore(folder.resolve("layers")),
              ConverterSettings.withDefaults(folder))
          .convert(
              image,
              source,
              Engine.forPlatform(image.platform()).orElseThrow(),
              ConversionOptions.NONE,
              new BundleOutput(bundle, Splitting.ALWAYS),
              ConversionEvent.Listener.NONE);
    }
  }

  /** filler, sparse, text and zz-last. */
  private static void writeLayer(OutputStream tar) throws IOException {
    byte[] filler = new byte[FILLER_BYTES];
    new Random(1).nextBytes(filler);
    file(tar, "filler", filler);
    byte[] block = new byte[BLOCK_BYTES];
    System.arraycopy(END.getBytes(US_ASCII), 0, block, BLOCK_BYTES - END.length(), END.length());
    tar.write(header("sparse", block.length, HOLE_BYTES));
    tar.write(block);
    StringBuilder text = new StringBuilder();
    for (int line = 0; text.length() < 512 << 10; line++) {
      text.append("line ").append(line).append('\n');
    }
    file(tar, "text", text.toString().getBytes(US_ASCII));
    byte[] last = new byte[1 << 20];
    new Random(2).nextBytes(last);
    System.arraycopy(LAST.getBytes(US_ASCII), 0, last, last.length - LAST.length(), LAST.length());
    file(tar, "zz-last", last);
    tar.write(new byte[2 * BLOCK_BYTES]);
  }

  private static void file(OutputStream tar, String name, byte[] content) throws IOException {
    tar.write(header(name, content.length, 0));
    tar.write(content);
    tar.write(new byte[Math.floorMod(-content.length, BLOCK_BYTES)]);
  }

  /** GNU tar's old sparse format, if {@code realSize} is not 0: one piece, at the file's end. */
  private static byte[] header(String name, long size, long realSize) {
    ByteBuffer header = ByteBuffer.allocate(BLOCK_BYTES);
    header.put(0, name.getBytes(US_ASCII));
    octal(header, 100, 8, 0644);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size);
    octal(header, 136, 12, 1_600_000_000);
    header.put(156, (byte) (realSize > 0 ? 'S' : '0'));
    header.put(257, "ustar  ".getBytes(US_ASCII));
    if (realSize > 0) {
      octal(header, 386, 12, realSize - size);
      octal(header, 398, 12, size);
      octal(header, 483, 12, realSize);
    }
    header.put(148, "        ".getBytes(US_ASCII));
    int sum = 0;
    for (byte each : header.array()) {
      sum += each & 0xff;
    }
    octal(header, 148, 7, sum);
    return header.array();
  }

  private static void octal(ByteBuffer header, int at, int width, long value) {
    String digits = "0".repeat(width) + Long.toOctalString(value);
    header.put(at, (digits.substring(digits.length() - width + 1) + "\0").getBytes(US_ASCII));
  }

  @Test
  void shouldReadTheEndOfAHoleAndTheLastFile() throws Exception {
    // When
    Ended ended = run(bundle, "stat -c %s /sparse; tail -c 20 /sparse; tail -c 25 /zz-last");

    // Then
    assertThat(ended).isEqualTo(new Ended(0, HOLE_BYTES + "\n" + END + LAST, ""));
    assertThat(Files.size(bundle)).isLessThan(20 << 20);
    assertThat(Files.size(folder.resolve("app.data"))).isLessThan(60 << 20);
  }

  @Test
  void shouldNotLetTheGuestSeeTheModulesFolder() throws Exception {
    // When
    Ended ended = run(bundle, "ls -d /.oci2wasm /host; mount | grep 9p");

    // Then
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void shouldGoOnAfterAnUnreadableFrame() throws Exception {
    // Given
    Path copy = copyTo("damaged");
    byte[] data = Files.readAllBytes(folder.resolve("app.data"));
    data[frameOfText() + 500] ^= 0x55;
    Files.write(copy.resolveSibling("app.data"), data);

    // When
    Ended ended = run(copy, "cat /text >/dev/null || echo goes on; tail -c 25 /zz-last");

    // Then
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).isEqualTo("goes on\n" + LAST);
    assertThat(ended.err())
        .containsPattern("oci2wasm: frame \\d+ of the root filesystem \\(\\d+ bytes\\) is damaged");
  }

  @Test
  void shouldNameBothFilesWhereTheDataFileIsMissing() throws Exception {
    // Given
    Path alone = copyTo("alone");

    // When, Then
    expectRefusal(alone, "found no such file in the folder mapped as /.oci2wasm");
  }

  @Test
  void shouldNameBothFilesWhereTheDataFileIsShorter() throws Exception {
    // Given
    Path copy = copyTo("shorter");
    Files.write(copy.resolveSibling("app.data"), new byte[1000]);

    // When, Then
    expectRefusal(copy, "found 1000 bytes, expected " + Files.size(folder.resolve("app.data")));
  }

  @Test
  void shouldNameBothFilesWhereTheDataFileIsForeign() throws Exception {
    // Given
    Path copy = copyTo("foreign");
    byte[] data = Files.readAllBytes(folder.resolve("app.data"));
    data[data.length - 1] ^= 1;
    Files.write(copy.resolveSibling("app.data"), data);

    // When, Then
    expectRefusal(copy, "found the data of another bundle");
  }

  /**
   * Where a frame of /text is in the data file. Only in the base image are others compressed so.
   */
  private static int frameOfText() throws Exception {
    BundleFile file = BundleFile.open(bundle);
    FrameTable frames = PayloadHeader.frames(file.segments().get(BundleWriter.FIRST_SEGMENT));
    List<Integer> compressed = new ArrayList<>();
    for (int frame = frames.count() - 1; compressed.size() < 2; frame--) {
      if (!frames.asIs(frame) && frames.sizeBytes(frame) > 1000) {
        compressed.add(frame);
      }
    }
    return (int)
        (frames.start(compressed.get(1)) - file.dataFile().orElseThrow().moduleFrameBytes());
  }

  private static void expectRefusal(Path module, String found) throws Exception {
    Ended ended = run(module, "echo hi");
    assertThat(ended.exitCode()).isEqualTo(125);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .startsWith("oci2wasm: opening app.data, the data file of " + module + ": " + found)
        .hasLineCount(1);
  }

  private static Path copyTo(String name) throws IOException {
    Path copy = Files.createDirectory(folder.resolve(name)).resolve("app.wasm");
    return Files.copy(bundle, copy);
  }

  private static Ended run(Path module, String script) throws Exception {
    BundleFile file = BundleFile.open(module);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        ModuleRunner.cachingIn(folder.resolve("cache"))
            .run(
                file,
                new ProgramContext(
                        List.of(module.toString(), "--", "sh", "-c", script),
                        Map.of(),
                        List.of(),
                        InputStream.nullInputStream(),
                        out,
                        err,
                        new ControlLines())
                    .with(Map.of(), file.ownFolders()));
    return new Ended(exitCode, out.toString(UTF_8), err.toString(UTF_8));
  }
}
