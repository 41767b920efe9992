package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.cli.Cli.Result;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against Distribution's own registry and skopeo, where they are installed. */
class DockerRegistryIT {
  @TempDir Path folder;

  private DockerRegistry registry;
  private String host;

  @BeforeEach
  void startRegistry() throws Exception {
    DockerRegistry.assumeInstalled();
    registry = DockerRegistry.start(folder, "");
    host = registry.host();
  }

  @AfterEach
  void stopRegistry() {
    if (registry != null) {
      registry.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci", "v2s2"})
  void shouldConvertWhatSkopeoPushed(String format) throws Exception {
    // Given
    skopeo("--format", format, "oci:" + Samples.LAYOUT, "docker://" + host + "/team/app:1");
    Path file = folder.resolve("app.wasm");

    // When
    Result result =
        Cli.execute(
            "convert", "--insecure-registry", host, host + "/team/app:1", "-o", file.toString());

    // Then
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).startsWith("linux/riscv64 " + file);
  }

  @Test
  void shouldGiveOneRootFilesystemWhateverTheWay() throws Exception {
    // Given
    Path archive = folder.resolve("saved.tar");
    skopeo("--format", "oci", "oci:" + Samples.LAYOUT, "docker://" + host + "/team/app:1");
    skopeo("oci:" + Samples.LAYOUT, "docker-archive:" + archive + ":app:1");
    Path fromRegistry = folder.resolve("registry.erofs");
    Path fromArchive = folder.resolve("archive.erofs");
    Path fromLayout = folder.resolve("layout.erofs");

    // When
    rootfs(fromRegistry, "--insecure-registry", host, host + "/team/app:1");
    rootfs(fromArchive, "docker-archive:" + archive);
    rootfs(fromLayout, "oci:" + Samples.LAYOUT);

    // Then
    assertThat(fromRegistry).hasSameBinaryContentAs(fromLayout);
    assertThat(fromArchive).hasSameBinaryContentAs(fromLayout);
  }

  @Test
  void shouldSayThatATagIsMissing() {
    // When
    Result result = Cli.execute("convert", "--insecure-registry", host, host + "/team/app:2");

    // Then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("fetching manifest " + host + "/team/app:2")
        .contains("found HTTP 404")
        .contains("check the name");
  }

  private static void rootfs(Path file, String... source) {
    String[] words =
        Stream.concat(
                Stream.of("rootfs", "--platform", "linux/riscv64", "-o", file.toString()),
                Stream.of(source))
            .toArray(String[]::new);
    Result result = Cli.execute((Object[]) words);
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  private void skopeo(String... words) throws Exception {
    registry.skopeoCopy(words);
  }
}
