package io.oci2wasm.converter.provenance;

import static io.oci2wasm.api.ConversionOptions.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageConfig;
import io.oci2wasm.api.oci.ImageManifest;
import io.oci2wasm.api.oci.MediaTypes;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.bundle.TestEngines;
import io.oci2wasm.converter.convert.ConverterVersion;
import io.oci2wasm.converter.frame.FrameCompression;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementTest {
  private static final Platform PLATFORM = Platform.parse("linux/riscv64");
  private static final Descriptor MANIFEST = descriptor(MediaTypes.OCI_MANIFEST, "manifest");
  private static final Descriptor CONFIG = descriptor(MediaTypes.OCI_CONFIG, "config");
  private static final BundleDescription.Module MODULE =
      new BundleDescription.Module(digest("module"), 6);
  private static final Builder BUILDER =
      ConverterVersion.builder(Builder.PIPELINE, FrameCompression.DEFAULT);

  private static Descriptor descriptor(String mediaType, String content) {
    return new Descriptor(mediaType, digest(content), content.length());
  }

  private static Sha256Digest digest(String content) {
    return Sha256Digest.of(content.getBytes(StandardCharsets.UTF_8));
  }

  /** An image of two layers, the first with annotations that tell where it came from. */
  private static PlatformImage image(Descriptor manifest) {
    Descriptor low = descriptor(MediaTypes.OCI_LAYER + "+gzip", "low");
    Descriptor told =
        new Descriptor(
            low.mediaType(), low.digest(), low.size(), null, Map.of("from", "team/private"));
    return new PlatformImage(
        PLATFORM,
        manifest,
        new ImageManifest(
            2,
            MediaTypes.OCI_MANIFEST,
            null,
            CONFIG,
            List.of(told, descriptor(MediaTypes.OCI_LAYER, "high"))),
        new ImageConfig(
            "linux",
            "riscv64",
            null,
            new ImageConfig.Execution(
                "", List.of(), List.of(), List.of(), "", "", Map.of(), Map.of()),
            new ImageConfig.Rootfs("layers", List.of())));
  }

  private static Statement statement() {
    return Statement.of(BUILDER, image(MANIFEST), TestEngines.engine(), NONE, MODULE);
  }

  @Test
  void shouldWriteTheDocumentedJsonByteByByte() throws Exception {
    byte[] golden;
    try (var in = StatementTest.class.getResourceAsStream("statement.json")) {
      golden = in.readAllBytes();
    }

    String written = new String(statement().toJson(), StandardCharsets.UTF_8);

    assertThat(written).isEqualTo(new String(golden, StandardCharsets.UTF_8).strip());
    assertThat(Statement.parse(golden)).isEqualTo(statement());
  }

  @Test
  void shouldBeWhatTheSpecificationsSay() throws Exception {
    for (Descriptor manifest : List.of(MANIFEST, CONFIG)) {
      PublishedSchema.check(
          Json.MAPPER.readTree(
              Statement.of(BUILDER, image(manifest), TestEngines.engine(), NONE, MODULE).toJson()));
    }
  }

  @Test
  void shouldNameTheBuiltInEnginesAndTheirKernelsSources() throws Exception {
    for (Platform platform : Engine.platforms()) {
      Engine engine = Engine.forPlatform(platform).orElseThrow();

      JsonNode json =
          Json.MAPPER.readTree(
              Statement.of(BUILDER, image(MANIFEST), engine, NONE, MODULE).toJson());

      PublishedSchema.check(json);
      assertThat(names(json, "engine.wasm").get(0).path("digest").path("sha256").asText())
          .isEqualTo(engine.digest().hex());
      assertThat(names(json, "kernel source").get(0).path("uri").asText())
          .startsWith("pkg:deb/debian/linux-source-");
    }
  }

  @Test
  void shouldNameADockerArchivesConfigOnce() throws Exception {
    Statement statement = Statement.of(BUILDER, image(CONFIG), TestEngines.engine(), NONE, MODULE);

    JsonNode json = Json.MAPPER.readTree(statement.toJson());

    assertThat(names(json, "manifest")).isEmpty();
    assertThat(names(json, "config")).hasSize(1);
  }

  @Test
  void shouldNameTheOptions() throws Exception {
    ConversionOptions options = new ConversionOptions(GuestMemory.parse("512m"));

    JsonNode json =
        Json.MAPPER.readTree(
            Statement.of(BUILDER, image(MANIFEST), TestEngines.engine(), options, MODULE).toJson());

    PublishedSchema.check(json);
    assertThat(json.at("/predicate/buildDefinition/externalParameters/options"))
        .hasToString("{\"memory\":536870912}");
  }

  @Test
  void shouldTellNothingOfWhereTheImageCameFrom() {
    assertThat(new String(statement().toJson(), StandardCharsets.UTF_8))
        .doesNotContain("team/private");
  }

  @Test
  void shouldBeAboutItsBundleOnly() {
    assertThat(statement().isAbout(MODULE.digest())).isTrue();
    assertThat(statement().isAbout(MANIFEST.digest())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "null", "{\"_type\":\"x\",\"subject\":[]}"})
  void shouldRefuseWhatIsNoStatement(String text) {
    assertThatThrownBy(() -> Statement.parse(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "builder", "/builder", "a b:c"})
  void shouldRefuseABuilderThatIsNoUri(String id) {
    assertThatThrownBy(() -> new Builder(id, Map.of()))
        .hasMessageContaining("builder id: found \"" + id + "\", expected a URI");
  }

  private static List<JsonNode> names(JsonNode statement, String name) {
    return statement
        .path("predicate")
        .path("buildDefinition")
        .path("resolvedDependencies")
        .valueStream()
        .filter(one -> one.path("name").asText().equals(name))
        .toList();
  }
}
