package io.oci2wasm.converter.convert;

import static io.oci2wasm.api.ConversionOptions.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.recipe.DataFile;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.BundleWriter;
import io.oci2wasm.converter.bundle.PayloadHeader;
import io.oci2wasm.converter.bundle.TestEngines;
import io.oci2wasm.converter.convert.BundleOutput.Splitting;
import io.oci2wasm.converter.erofs.ErofsReader;
import io.oci2wasm.converter.frame.FrameCompression;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.frame.Frames;
import io.oci2wasm.converter.rootfs.LayerLimits;
import io.oci2wasm.converter.rootfs.TarBytes;
import io.oci2wasm.converter.wasm.DataSegment;
import io.oci2wasm.converter.wasm.Section;
import io.oci2wasm.converter.wasm.SectionId;
import io.oci2wasm.converter.wasm.WasmModule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageConverterTest {
  private final Queue<ConversionEvent> events = new ConcurrentLinkedQueue<>();
  private Path directory;
  private Path output;
  private LayerStore store;

  @BeforeEach
  void setUp(@TempDir Path temporary) throws IOException {
    directory = temporary;
    Files.createDirectory(directory.resolve("scratch"));
    Files.createDirectory(directory.resolve("out"));
    output = directory.resolve("out/bundle.wasm");
    store = new DirectoryLayerStore(directory.resolve("store"));
  }

  private static final String PACKER =
      ConverterVersion.packer(Tails.IN_DATA, FrameCompression.DEFAULT);

  private static TestImage image() {
    return new TestImage()
        .layer(new TarBytes().directory("etc").file("etc/a", "a".repeat(5000)).file("b", "b"))
        .layer(new TarBytes().file("etc/.wh.a", "").hardLink("c", "b"));
  }

  private ImageConverter converter() {
    return converter(LayerLimits.DEFAULT);
  }

  private ImageConverter converter(LayerLimits limits) {
    return new ImageConverter(
        store,
        new ConverterSettings(
            directory.resolve("scratch"),
            2,
            limits,
            BundleWriter.MAX_MODULE_BYTES,
            BundleWriter.MAX_MODULE_BYTES,
            FrameCompression.DEFAULT));
  }

  private ConversionResult convert(TestImage image) throws Exception {
    return converter()
        .convert(image.image(), image, TestEngines.engine(), NONE, output, events::add);
  }

  private static List<Path> filesUnder(Path path) throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(path)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void shouldWriteBundleAndDescribeIt() throws Exception {
    // Given
    TestImage image = image();

    // When
    ConversionResult result = convert(image);

    // Then
    byte[] bundle = Files.readAllBytes(output);
    BundleDescription description = result.description();
    assertThat(description.bundle())
        .isEqualTo(new BundleDescription.Module(Sha256Digest.of(bundle), bundle.length));
    assertThat(description.conversionId())
        .isEqualTo(
            ConversionId.of(
                image.image().descriptor().digest(), TestEngines.engine().digest(), NONE, PACKER));
    assertThat(description.layers()).isEqualTo(image.image().config().rootfs().diffIds());
    // The root, etc, and b which is also c.
    assertThat(description.rootfs().files()).isEqualTo(3);
    assertThat(result.layerCount()).isEqualTo(2);
    assertThat(result.layersConverted()).isEqualTo(2);
  }

  @Test
  void shouldCarryItsDescriptionAndLaunchDescriptionInTheModule() throws Exception {
    // Given, When
    ConversionResult result = convert(image());

    // Then
    WasmModule module = WasmModule.parse(Files.readAllBytes(output));
    List<Section> sections = module.sections();
    String last = new String(sections.get(sections.size() - 1).body(), StandardCharsets.UTF_8);
    assertThat(last).contains("\"conversionId\":\"" + result.description().conversionId());
    assertThat(last).doesNotContain("\"bundle\":");
    assertThat(StandardCharsets.ISO_8859_1.decode(module.dataSegmentSlice().bytes()).toString())
        .contains("oci2wasm-launch=1\0cmd=/bin/sh\0env=A=1\0");
  }

  @Test
  void shouldWriteTheSameFilesAloneAsIntoTheBundle() throws Exception {
    // Given
    TestImage image = image();
    convert(image);
    Path rootfs = directory.resolve("out/rootfs.erofs");

    // When
    RootfsResult result =
        converter().rootfs(image.image(), image, rootfs, Tails.BESIDE_INODES, events::add);

    // Then
    byte[] alone = Files.readAllBytes(rootfs);
    assertThat(alone).hasSize((int) result.sizeBytes());
    ErofsReader.Tree files = new ErofsReader(alone).tree();
    ErofsReader.Tree inBundle = new ErofsReader(rootfsOf(output)).tree();
    assertThat(inBundle.paths()).isEqualTo(files.paths());
    for (String path : files.paths()) {
      // A directory tells where inodes are.
      if (!files.at(path).isDirectory()) {
        assertThat(inBundle.at(path).content()).as(path).isEqualTo(files.at(path).content());
      }
    }
  }

  private static byte[] rootfsOf(Path bundle) throws Exception {
    WasmModule module = WasmModule.parse(Files.readAllBytes(bundle));
    List<DataSegment> segments = DataSegment.readAll(module.section(SectionId.DATA).orElseThrow());
    FrameTable table = PayloadHeader.frames(segments.get(BundleWriter.FIRST_SEGMENT).content());
    ByteBuffer frames = segments.get(BundleWriter.FRAMES_SEGMENT).content();
    assertThat(frames.remaining()).isEqualTo((int) table.storedBytes());
    return Frames.contents(table, frames);
  }

  @Test
  void shouldWriteTwoFilesWithTheSameFramesWhereAsked() throws Exception {
    // Given
    convert(image());
    TestImage again = image();
    Path module = directory.resolve("out/two.wasm");

    // When
    ConversionResult result = split(again, module, Splitting.ALWAYS, BundleWriter.MAX_MODULE_BYTES);

    // Then
    ByteBuffer header = segment(module, BundleWriter.FIRST_SEGMENT);
    DataFile data = PayloadHeader.dataFile(header).orElseThrow();
    byte[] file = Files.readAllBytes(directory.resolve("out/two.data"));
    ByteBuffer frames = ByteBuffer.wrap(file, 0, (int) data.frameBytes());
    assertThat(data.name()).isEqualTo("two.data");
    assertThat(data.moduleFrameBytes()).isZero();
    assertThat(segment(module, BundleWriter.FRAMES_SEGMENT).remaining()).isZero();
    assertThat(Frames.contents(PayloadHeader.frames(header), frames)).isEqualTo(rootfsOf(output));
    assertThat(result.description().data()).isEqualTo(BundleDescription.Data.of(data));
    assertThat(DataFile.fault(data.sizeBytes(), data.identity(), directory.resolve("out/two.data")))
        .isEmpty();
    assertThat(result.description().bundle())
        .isEqualTo(
            new BundleDescription.Module(
                Sha256Digest.of(Files.readAllBytes(module)), Files.size(module)));
    assertThat(filesUnder(directory.resolve("out"))).hasSize(3);
  }

  @Test
  void shouldSplitByItselfOnlyWhatIsTooLargeForAModule() throws Exception {
    // Given
    convert(large());
    long whole = Files.size(output);
    Path one = directory.resolve("out/one.wasm");
    Path two = directory.resolve("out/two.wasm");

    // When
    ConversionResult fits = split(large(), one, Splitting.ABOVE_LIMIT, whole);
    ConversionResult larger = split(large(), two, Splitting.ABOVE_LIMIT, whole - 1);

    // Then
    assertThat(one).hasSameBinaryContentAs(output);
    assertThat(fits.description().data()).isNull();
    assertThat(larger.description().data()).isNotNull();
    assertThat(directory.resolve("out/one.data")).doesNotExist();
    assertThat(directory.resolve("out/two.data")).exists();
    assertThat(larger.description().conversionId()).isEqualTo(fits.description().conversionId());
  }

  @Test
  void shouldRefuseWhatIsTooLargeWhereOneFileIsWanted() throws Exception {
    // Given
    convert(image());
    long whole = Files.size(output);

    // When, Then
    assertThatThrownBy(
            () -> split(image(), directory.resolve("out/one.wasm"), Splitting.NEVER, whole - 1))
        .isInstanceOfSatisfying(
            RejectedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.BUNDLE_TOO_LARGE));
    assertThat(filesUnder(directory.resolve("out"))).containsExactly(output);
  }

  /** What zstd makes of its file is larger than what a split bundle adds to the header. */
  private static TestImage large() {
    StringBuilder text = new StringBuilder();
    new Random(1).ints(20_000, 'A', 'Z').forEach(letter -> text.append((char) letter));
    return new TestImage().layer(new TarBytes().file("large", text.toString()));
  }

  private ConversionResult split(TestImage image, Path module, Splitting when, long maxBytes)
      throws Exception {
    ConverterSettings settings =
        new ConverterSettings(
            directory.resolve("scratch"),
            2,
            LayerLimits.DEFAULT,
            maxBytes,
            BundleWriter.MAX_MODULE_BYTES,
            FrameCompression.DEFAULT);
    return new ImageConverter(store, settings)
        .convert(
            image.image(),
            image,
            TestEngines.engine(),
            NONE,
            new BundleOutput(module, when),
            events::add);
  }

  private static ByteBuffer segment(Path bundle, int index) throws Exception {
    WasmModule module = WasmModule.parse(Files.readAllBytes(bundle));
    return DataSegment.readAll(module.section(SectionId.DATA).orElseThrow()).get(index).content();
  }

  @Test
  void shouldStoreFramesAsTheyAreWithoutCompression() throws Exception {
    // Given
    TestImage image = image();
    convert(image);
    byte[] compressed = Files.readAllBytes(output);
    ImageConverter plain =
        new ImageConverter(
            store,
            ConverterSettings.withDefaults(directory.resolve("scratch"))
                .withCompression(FrameCompression.NONE));
    Path other = directory.resolve("out/plain.wasm");

    // When
    ConversionResult result =
        plain.convert(image.image(), image, TestEngines.engine(), NONE, other, events::add);

    // Then
    assertThat(result.description().packer()).isEqualTo("4-none");
    assertThat(result.layersConverted()).isEqualTo(2);
    assertThat(rootfsOf(other)).isEqualTo(rootfsOf(output));
    assertThat(Files.readAllBytes(other)).hasSizeGreaterThan(compressed.length);
  }

  @Test
  void shouldGiveTheSameBytesFromColdAndWarmStore() throws Exception {
    // Given
    convert(image());
    byte[] cold = Files.readAllBytes(output);
    Path warm = directory.resolve("out/warm.wasm");
    TestImage again = image();

    // When
    ConversionResult result =
        converter().convert(again.image(), again, TestEngines.engine(), NONE, warm, events::add);

    // Then
    assertThat(Files.readAllBytes(warm)).isEqualTo(cold);
    assertThat(result.layersConverted()).isZero();
    assertThat(again.opened()).isZero();
  }

  @Test
  void shouldConvertNoLayerForAnotherEngine() throws Exception {
    // Given
    ConversionResult before = convert(image());
    TestImage again = image();

    // When
    ConversionResult result =
        converter()
            .convert(again.image(), again, TestEngines.nextEngine(), NONE, output, events::add);

    // Then
    assertThat(result.description().conversionId())
        .isNotEqualTo(before.description().conversionId());
    assertThat(result.description().engine().version()).isEqualTo("0.0.2");
    assertThat(result.layersConverted()).isZero();
    assertThat(again.opened()).isZero();
  }

  @Test
  void shouldGiveAnotherBundleForAnotherMemoryButConvertNoLayerForIt() throws Exception {
    // Given
    ConversionResult before = convert(image());
    byte[] plain = Files.readAllBytes(output);
    TestImage again = image();
    ConversionOptions options = new ConversionOptions(GuestMemory.parse("1g"));

    // When
    ConversionResult result =
        converter()
            .convert(again.image(), again, TestEngines.engine(), options, output, events::add);

    // Then
    assertThat(before.description().options()).isNull();
    assertThat(result.description().options()).isEqualTo(options);
    assertThat(result.description().conversionId())
        .isEqualTo(
            ConversionId.of(
                again.image().descriptor().digest(),
                TestEngines.engine().digest(),
                options,
                PACKER))
        .isNotEqualTo(before.description().conversionId());
    assertThat(result.layersConverted()).isZero();
    assertThat(again.opened()).isZero();
    assertThat(headerMemory(plain)).isZero();
    assertThat(headerMemory(Files.readAllBytes(output))).isEqualTo(1L << 30);
  }

  /** The eight bytes at 24 of the payload header. */
  private static long headerMemory(byte[] bundle) {
    int header = new String(bundle, StandardCharsets.ISO_8859_1).indexOf("OCI2WASM\2");
    return ByteBuffer.wrap(bundle).order(ByteOrder.LITTLE_ENDIAN).getLong(header + 24);
  }

  @Test
  void shouldConvertOnlyTheLayersThatAreNew() throws Exception {
    // Given
    convert(image());
    TestImage derived = image().layer(new TarBytes().file("new", "new"));

    // When
    ConversionResult result = convert(derived);

    // Then
    assertThat(result.layerCount()).isEqualTo(3);
    assertThat(result.layersConverted()).isEqualTo(1);
    assertThat(derived.opened()).isEqualTo(1);
  }

  @Test
  void shouldConvertLayerThatIsThereTwiceOnce() throws Exception {
    // Given
    TestImage image =
        new TestImage()
            .layer(new TarBytes().file("a", "1"))
            .layer(new TarBytes().file(".wh.a", ""))
            .layer(new TarBytes().file("a", "1"));

    // When
    convert(image);

    // Then
    assertThat(image.opened()).isEqualTo(2);
  }

  @Test
  void shouldReportEachLayerAndTheAssembly() throws Exception {
    // Given
    TestImage image = image();
    Descriptor first = image.image().manifest().layers().get(0);
    Sha256Digest diffId = image.image().config().rootfs().diffIds().get(0);

    // When
    convert(image);

    // Then
    assertThat(events)
        .contains(
            new ConversionEvent.LayerStarted(first.digest(), first.size()),
            new ConversionEvent.LayerFinished(first.digest(), diffId, false),
            new ConversionEvent.AssemblyStarted(Files.size(output)));
  }

  @Test
  void shouldRejectConfigThatClaimsAnotherLayersDiffId() throws Exception {
    // Given: a private layer is in the store, and an image claims its diffID for a blob of its own
    TestImage victim = new TestImage().layer(new TarBytes().file("secret", "s3cret"));
    convert(victim);
    Sha256Digest secret = victim.image().config().rootfs().diffIds().get(0);
    TestImage thief =
        new TestImage().layer(TarBytes.gzip(new TarBytes().file("x", "").tar()), secret);
    Path stolen = directory.resolve("out/stolen.wasm");

    // When, Then
    assertThatThrownBy(
            () ->
                converter()
                    .convert(thief.image(), thief, TestEngines.engine(), NONE, stolen, events::add))
        .isInstanceOfSatisfying(
            RejectedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.DIFF_ID_MISMATCH));
    assertThat(stolen).doesNotExist();
  }

  @Test
  void shouldRejectWrongDiffIdOfLayerThatIsInTheStore() throws Exception {
    // Given
    convert(image());
    TestImage image = image();
    Descriptor known = image.image().manifest().layers().get(0);
    TestImage liar = new TestImage().layer(known, Sha256Digest.of(new byte[] {9}), new byte[] {9});

    // When, Then
    assertThatThrownBy(() -> convert(liar))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DIFF_ID_MISMATCH))
        .hasMessageContaining("looking up layer " + known.digest())
        .hasMessageContaining("build and push the image again");
    assertThat(liar.opened()).isZero();
  }

  @Test
  void shouldReuseLayerCompressedOtherwiseOnlyAfterUnpackingIt() throws Exception {
    // Given
    byte[] tar = new TarBytes().file("a", "1").tar();
    convert(new TestImage().layer(TarBytes.gzip(tar), Sha256Digest.of(tar)));
    TestImage plain = new TestImage().layer(tar, Sha256Digest.of(tar));

    // When
    ConversionResult result = convert(plain);

    // Then
    assertThat(plain.opened()).isEqualTo(1);
    assertThat(result.layersConverted()).isZero();
    assertThat(store.diffIdOf(Sha256Digest.of(tar))).contains(Sha256Digest.of(tar));
  }

  @Test
  void shouldLeaveNothingBehindWhenLayerIsRejected() throws Exception {
    // Given
    TestImage image = image();
    Files.writeString(output, "an older bundle");
    byte[] blob = TarBytes.gzip(new TarBytes().file("../../etc/passwd", "x").tar());
    image.layer(blob, Sha256Digest.of(new TarBytes().file("../../etc/passwd", "x").tar()));

    // When, Then
    assertThatThrownBy(() -> convert(image))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LAYER_REFUSED));
    assertThat(output).hasContent("an older bundle");
    assertThat(filesUnder(directory.resolve("out"))).containsExactly(output);
    assertThat(filesUnder(directory.resolve("scratch"))).isEmpty();
    assertThat(filesUnder(directory.resolve("store")))
        .noneMatch(file -> file.toString().endsWith(".part"));
    assertThat(store.diffIdOf(Sha256Digest.of(blob))).isEmpty();
  }

  @Test
  void shouldRejectWrongBytesAndKeepNoRecordOfThem() throws Exception {
    // Given
    byte[] tar = new TarBytes().file("a", "1").tar();
    byte[] served = TarBytes.gzip(tar);
    Descriptor promised =
        new Descriptor(MediaTypes.OCI_LAYER, Sha256Digest.of(new byte[] {1}), served.length);
    TestImage image = new TestImage().layer(promised, Sha256Digest.of(tar), served);

    // When, Then
    assertThatThrownBy(() -> convert(image))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DIGEST_MISMATCH));
    assertThat(filesUnder(directory.resolve("store"))).isEmpty();
    assertThat(output).doesNotExist();
  }

  @Test
  void shouldRefuseMoreLayersThanTheLimit() {
    // Given
    LayerLimits limits = new LayerLimits(1, 1 << 20, 200, 10, 1000, 4096, 100, 1000);
    TestImage image = image();

    // When, Then
    assertThatThrownBy(
            () ->
                converter(limits)
                    .convert(image.image(), image, TestEngines.engine(), NONE, output, events::add))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LAYER_REFUSED))
        .hasMessageContaining("found 2 layers")
        .hasMessageContaining("expected at most 1");
  }

  @Test
  void shouldPassOnFailureOfTheSourceAsOne() {
    // Given
    TestImage image = image();
    IOException down = new IOException("connection reset");

    // When, Then
    assertThatThrownBy(
            () ->
                converter()
                    .convert(
                        image.image(),
                        new BrokenSource(down),
                        TestEngines.engine(),
                        NONE,
                        output,
                        events::add))
        .isSameAs(down);
  }

  @Test
  void shouldWriteNoBundleDifferentByOrderOfConversion() throws Exception {
    // Given: many layers, converted two at once in whatever order they finish
    TestImage image = new TestImage();
    for (int i = 0; i < 12; i++) {
      image.layer(new TarBytes().file("f" + i, "x".repeat(i * 1000)).file("same", "layer " + i));
    }
    convert(image);
    byte[] first = Files.readAllBytes(output);
    store = new DirectoryLayerStore(directory.resolve("other-store"));

    // When
    convert(image);

    // Then
    assertThat(Arrays.equals(first, Files.readAllBytes(output))).isTrue();
  }
}
