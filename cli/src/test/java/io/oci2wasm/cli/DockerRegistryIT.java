package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.cli.Cli.Result;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

  private Process registry;
  private String host;

  @BeforeEach
  void startRegistry() throws Exception {
    for (String program : List.of("docker-registry", "skopeo")) {
      assumeThat(isInstalled(program)).as("%s is not installed", program).isTrue();
    }
    host = "127.0.0.1:" + freePort();
    Path config = folder.resolve("registry.yml");
    Files.writeString(
        config,
        String.join(
            "\n",
            "version: 0.1",
            "log: {level: error}",
            "storage: {filesystem: {rootdirectory: " + folder.resolve("registry") + "}}",
            "http: {addr: \"" + host + "\"}"));
    registry = start("docker-registry", "serve", config.toString());
    await().atMost(Duration.ofSeconds(20)).until(this::answers);
  }

  @AfterEach
  void stopRegistry() throws InterruptedException {
    if (registry != null) {
      registry.destroy();
      registry.waitFor(10, TimeUnit.SECONDS);
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
    List<String> command =
        Stream.concat(
                Stream.of(
                    "skopeo",
                    "--override-arch",
                    "riscv64",
                    "copy",
                    "-q",
                    "--dest-tls-verify=false"),
                Stream.of(words))
            .toList();
    Process process = start(command.toArray(String[]::new));
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(folder.resolve("skopeo.log"))).isZero();
  }

  private Process start(String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(command[0] + ".log").toFile())
        .start();
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      int port = Integer.parseInt(host.substring(host.indexOf(':') + 1));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
