package io.oci2wasm.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  private static final String HEX =
      "7659a3f6084e9eacec1d729b49a8b278a07fe979d089598402f95cacb14e8257";

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:5000/team/app:multi, 127.0.0.1:5000, team/app, multi",
    "registry.example/app, registry.example, app, latest",
    "localhost/a/b/c:v1.2_3-x, localhost, a/b/c, v1.2_3-x",
    "[::1]:5000/app:t, [::1]:5000, app, t",
  })
  void shouldReadHostRepositoryAndTag(String text, String registry, String repository, String tag) {
    ImageReference reference = ImageReference.parse(text);

    assertThat(reference.registry()).isEqualTo(registry);
    assertThat(reference.repository()).isEqualTo(repository);
    assertThat(reference.tag()).isEqualTo(tag);
    assertThat(reference.digest()).isNull();
    assertThat(ImageReference.parse(reference.toString())).isEqualTo(reference);
  }

  @Test
  void shouldAskTheRegistryForTheDigestWhenThereAreBoth() {
    ImageReference reference = ImageReference.parse("host:1/app:tag@sha256:" + HEX);

    assertThat(reference.reference()).isEqualTo("sha256:" + HEX);
    assertThat(reference.tag()).isEqualTo("tag");
    assertThat(reference).hasToString("host:1/app:tag@sha256:" + HEX);
  }

  @Test
  void shouldNotInventATagBesideADigest() {
    ImageReference reference = ImageReference.parse("host:1/app@sha256:" + HEX);

    assertThat(reference.tag()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app",
        "team/app:latest",
        "host:1/App",
        "host:1/../etc",
        "host:1/a//b",
        "host:1/app:bad tag",
        "host:1/app@md5:abc",
        "host:1/app@sha256:ABC",
        "ho st:1/app",
        "host:123456/app",
        "host:1/",
      })
  void shouldRefuseOtherForms(String text) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found")
        .hasMessageContaining("expected");
  }

  @Test
  void shouldRefuseRepositoriesOver255Characters() {
    String at = "a".repeat(255);

    assertThat(ImageReference.parse("host:1/" + at).repository()).hasSize(255);
    assertThatThrownBy(() -> ImageReference.parse("host:1/a" + at))
        .hasMessageContaining("found 256 characters, expected at most 255");
  }

  @ParameterizedTest
  @CsvSource({
    "Registry.Example/team/app:1, registry.example/team/app:1",
    "registry.example:443/team/app:1, registry.example/team/app:1",
    "registry:443/app:1, registry:443/app:1",
    "index.docker.io/team/app:1, docker.io/team/app:1",
    "docker.io/alpine:3, docker.io/library/alpine:3",
    "registry.example/alpine:3, registry.example/alpine:3",
  })
  void shouldBeEqualHoweverTheRegistryIsWritten(String written, String same) {
    ImageReference image = ImageReference.parse(written);

    assertThat(image).isEqualTo(ImageReference.parse(same)).hasToString(same);
    assertThat(
            new ImageReference(
                written.substring(0, written.indexOf('/')), image.repository(), image.tag(), null))
        .isEqualTo(image);
  }

  @Test
  void shouldHaveOneKeyPartForARepository() {
    Sha256Digest digest = new Sha256Digest(HEX);

    String app = ObjectKeys.served("host:1", "team/app", digest);
    String below = ObjectKeys.served("host:1", "team/app/sha256/" + HEX, digest);

    // A store that keeps files cannot have something below a file.
    assertThat(below).doesNotStartWith(app);
    assertThat(app.split("/")).hasSameSizeAs(below.split("/"));
    assertThat(ObjectKeys.served("host:1", "team", digest))
        .isEqualTo("served/host:1/team/sha256/" + HEX);
  }
}
