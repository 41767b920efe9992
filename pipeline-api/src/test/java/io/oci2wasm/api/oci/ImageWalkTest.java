package io.oci2wasm.api.oci;

import static io.oci2wasm.api.oci.MemoryContent.child;
import static io.oci2wasm.api.oci.MemoryContent.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImagePlatforms.LeftOut;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageWalkTest {
  private static final Platform RISCV64 = Platform.parse("linux/riscv64");
  private final MemoryContent content = new MemoryContent();

  private ImagePlatforms walk(Descriptor root) throws Exception {
    return ImageWalk.walk(root, content, platform -> platform.runsOn(RISCV64));
  }

  private void assertRefused(Descriptor root, Reason reason, String... messageParts) {
    assertThatThrownBy(() -> walk(root))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContainingAll(messageParts);
  }

  @Test
  void shouldFindTheOneImageOfAManifest() throws Exception {
    Descriptor image = content.image("linux", "riscv64");

    ImagePlatforms platforms = walk(image);

    assertThat(platforms.wanted()).extracting(PlatformImage::descriptor).containsExactly(image);
    assertThat(platforms.wanted().get(0).platform()).isEqualTo(RISCV64);
    assertThat(platforms.leftOut()).isEmpty();
  }

  @Test
  void shouldNameEveryChildOfAnIndexAtAnyDepth() throws Exception {
    Descriptor image = content.image("linux", "riscv64");
    Descriptor unwanted = content.image("linux", "s390x");
    Descriptor attestation = content.image("linux", "amd64");
    String annotations = "\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}";
    Descriptor inner = content.index(json(image), child(attestation, annotations));

    ImagePlatforms platforms = walk(content.index(json(inner), json(unwanted)));

    assertThat(platforms.children())
        .containsExactlyInAnyOrder(
            inner.digest(), image.digest(), attestation.digest(), unwanted.digest());
    assertThat(walk(image).children()).isEmpty();
  }

  @Test
  void shouldTakeThePlatformFromTheConfigWhenTheIndexIsSilent() throws Exception {
    Descriptor image = content.image("linux", "riscv64");
    Descriptor other = content.image("linux", "s390x");

    ImagePlatforms platforms = walk(content.index(json(image), json(other)));

    assertThat(platforms.wanted()).extracting(PlatformImage::descriptor).containsExactly(image);
    assertThat(platforms.leftOut())
        .extracting(LeftOut::reason, LeftOut::platform, LeftOut::failed)
        .containsExactly(tuple(Reason.NO_ENGINE, Platform.parse("linux/s390x"), false));
  }

  @Test
  void shouldNotReadWhatNobodyWants() throws Exception {
    Descriptor wanted = content.image("linux", "riscv64");
    Descriptor unwanted = content.image("linux", "arm64");
    String platform =
        "\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}";

    ImagePlatforms platforms = walk(content.index(json(wanted), child(unwanted, platform)));

    assertThat(content.read).doesNotContain(unwanted.digest());
    assertThat(platforms.leftOut().get(0).platform()).isEqualTo(Platform.parse("linux/arm64/v8"));
  }

  @Test
  void shouldWalkNestedIndexesAndConvertARepeatedChildOnce() throws Exception {
    Descriptor image = content.image("linux", "riscv64");
    Descriptor inner = content.index(json(image));

    ImagePlatforms platforms = walk(content.index(json(inner), json(image), json(inner)));

    assertThat(platforms.wanted()).hasSize(1);
    assertThat(platforms.leftOut()).isEmpty();
  }

  @Test
  void shouldPassOverAttestations() throws Exception {
    Descriptor image = content.image("linux", "riscv64");
    Descriptor marked = content.image("unknown", "unknown");
    String statement = json(content.add(MediaTypes.IN_TOTO, "{}"));
    Descriptor config = content.add(MediaTypes.OCI_CONFIG, "{}");
    Descriptor unmarked =
        content.add(
            MediaTypes.OCI_MANIFEST,
            "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                .formatted(json(config), statement));
    String attestation = "\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}";

    ImagePlatforms platforms =
        walk(content.index(json(image), child(marked, attestation), json(unmarked)));

    assertThat(platforms.wanted()).hasSize(1);
    assertThat(platforms.leftOut()).isEmpty();
    assertThat(content.read).doesNotContain(marked.digest());
    assertRefused(unmarked, Reason.ATTESTATION, "in-toto");
  }

  @Test
  void shouldLeaveOutUnknownMissingAndBrokenSiblings() throws Exception {
    Descriptor image = content.image("linux", "riscv64");
    Descriptor unknown = content.add("application/vnd.oci.artifact.manifest.v1+json", "{}");
    Descriptor missing =
        new Descriptor(
            MediaTypes.OCI_MANIFEST, Sha256Digest.of("gone".getBytes(StandardCharsets.UTF_8)), 4);
    Descriptor broken = content.add(MediaTypes.OCI_MANIFEST, "{\"schemaVersion\":2}");
    Descriptor chart = content.add("application/vnd.cncf.helm.config.v1+json", "{}");
    Descriptor artifact =
        content.add(
            MediaTypes.OCI_MANIFEST,
            "{\"schemaVersion\":2,\"config\":%s,\"layers\":[]}".formatted(json(chart)));

    ImagePlatforms platforms =
        walk(
            content.index(json(unknown), json(missing), json(broken), json(artifact), json(image)));

    assertThat(platforms.wanted()).extracting(PlatformImage::descriptor).containsExactly(image);
    assertThat(
            platforms.leftOut().stream()
                .collect(Collectors.toMap(LeftOut::reason, LeftOut::failed)))
        .containsEntry(Reason.UNSUPPORTED_MEDIA_TYPE, false)
        .containsEntry(Reason.NOT_FOUND, true)
        .containsEntry(Reason.MANIFEST_INVALID, true)
        .containsEntry(Reason.NOT_AN_IMAGE, false)
        .hasSize(4);
  }

  /** As this pipeline delivers them: a module in the place of the layer. */
  @Test
  void shouldTakeNoImageOfAModuleForOne() throws Exception {
    Descriptor config =
        content.add(
            MediaTypes.OCI_CONFIG,
            "{\"os\":\"wasip1\",\"architecture\":\"wasm\",\"rootfs\":{\"diff_ids\":[]}}");
    Descriptor module = content.add(MediaTypes.WASM_LAYER, "module");
    Descriptor image =
        content.add(
            MediaTypes.OCI_MANIFEST,
            "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                .formatted(json(config), json(module)));

    assertRefused(image, Reason.NOT_AN_IMAGE, "layers of [application/wasm]");
    assertThat(content.read).doesNotContain(module.digest());
    assertThat(
            walk(content.index(
                    child(image, "\"platform\":{\"os\":\"linux\",\"architecture\":\"riscv64\"}")))
                .leftOut())
        .extracting(LeftOut::reason, LeftOut::failed)
        .containsExactly(tuple(Reason.NOT_AN_IMAGE, false));
  }

  @Test
  void shouldRefuseIndexesNestedTooDeep() throws Exception {
    Descriptor deepest = content.index(json(content.image("linux", "riscv64")));
    Descriptor allowed = nest(deepest, ImageWalk.MAX_DEPTH - 1);
    Descriptor bomb = nest(deepest, ImageWalk.MAX_DEPTH);

    assertThat(walk(allowed).wanted()).hasSize(1);
    assertRefused(bomb, Reason.INDEX_TOO_DEEP, "indexes nested over 8 deep");
  }

  private Descriptor nest(Descriptor index, int times) {
    Descriptor outer = index;
    for (int i = 0; i < times; i++) {
      outer = content.index(json(outer));
    }
    return outer;
  }

  @Test
  void shouldRefuseIndexesWithTooManyDocuments() {
    String[] children =
        IntStream.rangeClosed(0, ImageWalk.MAX_DOCUMENTS)
            .mapToObj(i -> json(content.add("application/x-" + i, "{" + " ".repeat(i) + "}")))
            .toArray(String[]::new);

    assertRefused(content.index(children), Reason.INDEX_TOO_DEEP, "more than 1000 documents");
  }

  @Test
  void shouldRefuseAnIndexWithoutPlatforms() {
    assertRefused(content.index(), Reason.NO_PLATFORM, "no platform manifest");
  }

  @Test
  void shouldRefuseSchema1AndOtherRoots() {
    Descriptor schema1 =
        content.add("application/vnd.docker.distribution.manifest.v1+prettyjws", "{}");
    Descriptor disguised =
        content.add(
            MediaTypes.DOCKER_MANIFEST, "{\"schemaVersion\":1,\"config\":" + json(schema1) + "}");

    assertRefused(schema1, Reason.UNSUPPORTED_MEDIA_TYPE, "schema 1", "current client");
    assertRefused(disguised, Reason.UNSUPPORTED_MEDIA_TYPE, "schema 1");
  }

  @Test
  void shouldRefuseAManifestThatClaimsAnotherType() {
    Descriptor confused =
        content.add(
            MediaTypes.OCI_MANIFEST,
            "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s}"
                .formatted(MediaTypes.OCI_INDEX, json(content.image("linux", "riscv64"))));

    assertRefused(confused, Reason.MANIFEST_INVALID, "as announced");
  }

  @Test
  void shouldRefuseLayersThatTheConfigDoesNotCount() {
    Descriptor config =
        content.add(
            MediaTypes.OCI_CONFIG,
            "{\"os\":\"linux\",\"architecture\":\"riscv64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}");
    Descriptor layer = content.add(MediaTypes.OCI_LAYER, "");
    Descriptor image =
        content.add(
            MediaTypes.OCI_MANIFEST,
            "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}"
                .formatted(json(config), json(layer)));

    assertRefused(image, Reason.MANIFEST_INVALID, "found 1 layers and 0 diff_ids");
  }

  @Test
  void shouldRefuseDocumentsOver4MiB() throws Exception {
    String padding = " ".repeat(OciDocuments.MAX_MANIFEST_BYTES - 2);
    Descriptor atLimit = content.add(MediaTypes.OCI_INDEX, "{" + padding + "}");
    Descriptor above = content.add(MediaTypes.OCI_INDEX, "{ " + padding + "}");

    assertRefused(atLimit, Reason.MANIFEST_INVALID, "schemaVersion 0");
    assertRefused(above, Reason.MANIFEST_TOO_LARGE, "4194305 bytes", "4194304");
  }

  @Test
  void shouldRefuseABlobWithAnotherDigest() {
    Descriptor image = content.image("linux", "riscv64");
    Descriptor lie = new Descriptor(image.mediaType(), image.digest(), image.size() + 1);

    assertRefused(lie, Reason.DIGEST_MISMATCH, "expected " + (image.size() + 1) + " bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "\"text\"",
        "{",
        "{\"schemaVersion\":2,\"config\":null}",
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a\",\"digest\":\"sha256:0\",\"size\":1}}",
        "{\"schemaVersion\":2,\"config\":{\"digest\":17}}",
        "{\"schemaVersion\":2,\"layers\":[null]}",
        "{\"schemaVersion\":\"two\"}",
        "{\"schemaVersion\":99999999999}",
      })
  void shouldRefuseManifestsAgainstTheSpecification(String document) {
    assertRefused(
        content.add(MediaTypes.OCI_MANIFEST, document), Reason.MANIFEST_INVALID, "sha256:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"os\":\"linux\"}",
        "{\"os\":\"li nux\",\"architecture\":\"riscv64\",\"rootfs\":{}}",
        "{\"os\":\"linux\",\"architecture\":\"riscv64\"}",
        "{\"os\":\"linux\",\"architecture\":\"riscv64\",\"rootfs\":{\"diff_ids\":[\"x\"]}}",
        "{\"os\":\"linux\",\"architecture\":\"riscv64\",\"rootfs\":{},\"config\":{\"Env\":[null]}}",
      })
  void shouldRefuseConfigsAgainstTheSpecification(String document) {
    Descriptor config = content.add(MediaTypes.OCI_CONFIG, document);

    assertRefused(
        content.add(
            MediaTypes.OCI_MANIFEST,
            "{\"schemaVersion\":2,\"config\":%s,\"layers\":[]}".formatted(json(config))),
        Reason.MANIFEST_INVALID,
        config.digest().toString());
  }

  @Test
  void shouldAskTheConfigWhenTheIndexStatesNonsense() throws Exception {
    Descriptor image = content.image("linux", "riscv64");

    ImagePlatforms platforms =
        walk(content.index(child(image, "\"platform\":{\"os\":\"?\",\"architecture\":\"\"}")));

    assertThat(platforms.wanted()).hasSize(1);
  }
}
