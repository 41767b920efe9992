package io.oci2wasm.converter.sbom;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.converter.bundle.BundleDescription;
import io.oci2wasm.converter.bundle.Engine;
import io.oci2wasm.converter.sbom.OsPackage.Kind;
import io.oci2wasm.converter.sbom.OsPackages.OperatingSystem;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SbomTest {
  private static final Sha256Digest MANIFEST = Sha256Digest.of("manifest".getBytes(UTF_8));
  private static final String CONVERSION = "ab".repeat(32);

  /** CycloneDX' own, and those that it names. */
  private static final Schema SCHEMA = schema();

  private static final OsPackages DEBIAN =
      new OsPackages(
          new OperatingSystem("debian", "12", "Debian GNU/Linux 12 (bookworm)"),
          List.of(
              new OsPackage(Kind.DEB, "libc6", "2.36-9+deb12u8", "amd64", "glibc", null, null),
              new OsPackage(
                  Kind.DEB, "bsdutils", "1:2.38.1-5", "amd64", "util-linux", "2.38.1-5", null),
              new OsPackage(Kind.DEB, "libc6", "2.36-9+deb12u8", "i386", "glibc", null, null),
              new OsPackage(Kind.APK, "musl", "1.2.5_git-r0", "x86_64", null, null, "MIT")),
          List.of("packages of rpm"));

  private static Schema schema() {
    Map<String, String> known = new HashMap<>();
    for (String name : List.of("bom-1.6", "spdx", "jsf-0.82")) {
      known.put(
          "http://cyclonedx.org/schema/" + name + ".schema.json", resource(name + ".schema.json"));
    }
    return SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_7, builder -> builder.schemas(known))
        .getSchema(known.get("http://cyclonedx.org/schema/bom-1.6.schema.json"));
  }

  private static String resource(String name) {
    try (InputStream in = SbomTest.class.getClassLoader().getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new AssertionError(name, e);
    }
  }

  private static Engine engine() throws IOException {
    return Engine.forPlatform(Platform.parse("linux/amd64")).orElseThrow();
  }

  private static BundleDescription bundle(Engine engine) {
    return new BundleDescription(
        BundleDescription.SCHEMA,
        CONVERSION,
        Platform.parse("linux/amd64"),
        MANIFEST,
        MANIFEST,
        List.of(),
        "2",
        "3-none",
        null,
        new BundleDescription.EngineUsed(engine.version(), engine.digest(), engine.sizeBytes()),
        new BundleDescription.Rootfs(1, 1),
        engine.components(),
        null,
        null,
        null);
  }

  private static byte[] bytes(OsPackages packages, @Nullable String name) throws IOException {
    Engine engine = engine();
    return Sbom.of(bundle(engine), engine, packages, name);
  }

  /** The document, which is what the schema of CycloneDX wants. */
  static JsonNode document(OsPackages packages, @Nullable String name) throws IOException {
    JsonNode document = Json.MAPPER.readTree(bytes(packages, name));
    assertThat(SCHEMA.validate(document)).isEmpty();
    return document;
  }

  private static JsonNode component(JsonNode document, String reference) {
    for (JsonNode one : document.path("components")) {
      if (one.path("bom-ref").asText().equals(reference)) {
        return one;
      }
    }
    throw new AssertionError("no component " + reference + " in " + document);
  }

  @Test
  void shouldNameImageEngineKernelAndPackages() throws Exception {
    JsonNode document = document(DEBIAN, "app");

    JsonNode image = document.path("metadata").path("component");
    assertThat(image.path("name").asText()).isEqualTo("app");
    assertThat(image.path("version").asText()).isEqualTo(MANIFEST.toString());
    assertThat(image.path("properties"))
        .hasToString("[{\"name\":\"oci2wasm:platform\",\"value\":\"linux/amd64\"}]");
    assertThat(document.path("metadata").path("properties"))
        .hasToString(
            "[{\"name\":\"oci2wasm:conversionId\",\"value\":\""
                + CONVERSION
                + "\"},{\"name\":\"oci2wasm:notListed\",\"value\":\"packages of rpm\"}]");
    JsonNode engine = component(document, "engine");
    assertThat(engine.path("hashes").path(0).path("content").asText())
        .isEqualTo(engine().digest().hex());
    assertThat(engine.path("licenses").path(0).path("expression").asText()).isEqualTo("Apache-2.0");
    JsonNode kernel = component(document, "engine/Linux");
    assertThat(kernel.path("type").asText()).isEqualTo("operating-system");
    assertThat(kernel.path("purl").asText()).isEqualTo(engine().kernelSource().orElseThrow());
    assertThat(component(document, "system").path("version").asText()).isEqualTo("12");
    assertThat(component(document, "deb/libc6@2.36-9+deb12u8/i386").path("name").asText())
        .isEqualTo("libc6");
    assertThat(document.path("dependencies").path(0).path("dependsOn"))
        .extracting(JsonNode::asText)
        .containsExactlyElementsOf(references(document));
    assertThat(document.path("compositions").path(0).path("aggregate").asText())
        .isEqualTo("incomplete");
  }

  private static List<String> references(JsonNode document) {
    List<String> references = new ArrayList<>();
    document.path("components").forEach(one -> references.add(one.path("bom-ref").asText()));
    assertThat(references).doesNotHaveDuplicates();
    return references;
  }

  /** As purl-spec's test suite writes such versions and names. */
  @Test
  void shouldGivePackagesTheirUrls() throws Exception {
    JsonNode document = document(DEBIAN, null);

    assertThat(component(document, "deb/bsdutils@1:2.38.1-5/amd64").path("purl").asText())
        .isEqualTo(
            "pkg:deb/debian/bsdutils@1:2.38.1-5?arch=amd64&distro=debian-12"
                + "&upstream=util-linux%402.38.1-5");
    assertThat(component(document, "deb/libc6@2.36-9+deb12u8/amd64").path("purl").asText())
        .isEqualTo(
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u8?arch=amd64&distro=debian-12"
                + "&upstream=glibc%402.36-9%2Bdeb12u8");
    assertThat(component(document, "apk/musl@1.2.5_git-r0/x86_64").path("purl").asText())
        .isEqualTo("pkg:apk/debian/musl@1.2.5_git-r0?arch=x86_64&distro=debian-12");
  }

  @Test
  void shouldClaimNoUrlsWhereTheImageDoesNotSayWhatItIs() throws Exception {
    JsonNode document = document(new OsPackages(null, DEBIAN.packages(), List.of()), null);

    assertThat(component(document, "apk/musl@1.2.5_git-r0/x86_64").has("purl")).isFalse();
    assertThat(document.path("metadata").path("component").path("name").asText())
        .isEqualTo(MANIFEST.toString());
  }

  @Test
  void shouldBeTheSameBytesForTheSameContentAndAnotherNumberForOther() throws Exception {
    List<OsPackage> shuffled = new ArrayList<>(DEBIAN.packages());
    Collections.reverse(shuffled);
    byte[] first = bytes(DEBIAN, "app");

    assertThat(bytes(new OsPackages(DEBIAN.system(), shuffled, DEBIAN.gaps()), "app"))
        .isEqualTo(first);
    assertThat(Json.MAPPER.readTree(first).path("serialNumber"))
        .isNotEqualTo(Json.MAPPER.readTree(bytes(DEBIAN, "other")).path("serialNumber"));
  }
}
