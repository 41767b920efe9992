package io.oci2wasm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.oci2wasm.embedded.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Distribution's own registry with skopeo, where they are installed. */
public final class DockerRegistry implements AutoCloseable {
  private final Path folder;
  private final String host;
  private final Process process;

  private DockerRegistry(Path folder, String host, Process process) {
    this.folder = folder;
    this.host = host;
    this.process = process;
  }

  /** Skips the test where one of the two is missing. */
  public static void assumeInstalled() {
    for (String program : List.of("docker-registry", "skopeo")) {
      assumeThat(isInstalled(program)).as("%s is not installed", program).isTrue();
    }
  }

  /**
   * Starts one that keeps its data in {@code folder}; {@code more} is YAML for its configuration.
   */
  public static DockerRegistry start(Path folder, String more) throws IOException {
    String host = "127.0.0.1:" + FreePort.find();
    Path config = folder.resolve("registry.yml");
    Files.writeString(
        config,
        String.join(
            "\n",
            "version: 0.1",
            "log: {level: error}",
            "storage:",
            "  filesystem: {rootdirectory: " + folder.resolve("registry") + "}",
            "  delete: {enabled: true}",
            "http: {addr: \"" + host + "\"}",
            more));
    return serve(folder, host);
  }

  private static DockerRegistry serve(Path folder, String host) throws IOException {
    String config = folder.resolve("registry.yml").toString();
    DockerRegistry registry =
        new DockerRegistry(folder, host, start(folder, "docker-registry", "serve", config));
    await().atMost(Duration.ofMinutes(2)).until(registry::answers);
    return registry;
  }

  /** The same registry once more, with its data, after it was closed. */
  public DockerRegistry again() throws IOException {
    return serve(folder, host);
  }

  public String host() {
    return host;
  }

  /** {@code skopeo copy} of a riscv64 image. */
  public void skopeoCopy(String... words) throws IOException, InterruptedException {
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
    Process copy = start(folder, command.toArray(String[]::new));
    assertThat(copy.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(copy.exitValue()).as(Files.readString(folder.resolve("skopeo.log"))).isZero();
  }

  private static Process start(Path folder, String... command) throws IOException {
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

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
