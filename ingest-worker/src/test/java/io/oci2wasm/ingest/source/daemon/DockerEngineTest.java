package io.oci2wasm.ingest.source.daemon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.TestLayout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that answers once, on a socket of its own. */
@Timeout(60)
class DockerEngineTest {
  @TempDir Path folder;

  private Path socket() {
    return folder.resolve("docker.sock");
  }

  /** What was asked, once somebody did. */
  private CompletableFuture<String> answering(String head, byte[] body) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket()));
    return CompletableFuture.supplyAsync(
        () -> {
          try (server;
              SocketChannel client = server.accept()) {
            ByteBuffer request = ByteBuffer.allocate(4096);
            while (!text(request).endsWith("\r\n\r\n") && client.read(request) >= 0) {
              // The request ends with an empty line.
            }
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            answer.writeBytes(head.getBytes(ISO_8859_1));
            answer.writeBytes(body);
            ByteBuffer bytes = ByteBuffer.wrap(answer.toByteArray());
            while (bytes.hasRemaining()) {
              client.write(bytes);
            }
            return text(request);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static String text(ByteBuffer buffer) {
    return ISO_8859_1.decode(buffer.duplicate().flip()).toString();
  }

  @Test
  void shouldReadWhatTheEngineSaves() throws Exception {
    // Given
    TestLayout layout = new TestLayout(Files.createDirectory(folder.resolve("layout")));
    Descriptor image = layout.addImage("1", "file");
    CompletableFuture<String> asked =
        answering(
            "HTTP/1.0 200 OK\r\nContent-Type: application/x-tar\r\n\r\n",
            TestLayout.tarOf(layout.write()));

    // When
    try (ImageSource source = new DockerEngine(socket()).open("registry.example/team/app:1")) {

      // Then
      assertThat(source.root()).isEqualTo(image);
      assertThat(source.describe()).isEqualTo("docker-daemon:registry.example/team/app:1");
    }
    assertThat(asked.get())
        .startsWith("GET /images/registry.example/team/app:1/get HTTP/1.0\r\nHost: ");
  }

  @Test
  void shouldSayThatTheEngineHasNoSuchImage() throws Exception {
    // Given
    var unused =
        answering(
            "HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\n\r\n",
            "{\"message\":\"No such image: app:1\"}".getBytes(ISO_8859_1));

    // When, Then
    assertThatThrownBy(() -> new DockerEngine(socket()).open("app:1"))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND))
        .hasMessageContaining("looking for image app:1 in the engine at " + socket())
        .hasMessageContaining("found none (No such image: app:1)");
  }

  @Test
  void shouldPassOnWhatElseTheEngineSays() throws Exception {
    // Given
    var unused =
        answering("HTTP/1.0 500 Internal Server Error\r\n\r\n", "disk full".getBytes(ISO_8859_1));

    // When, Then
    assertThatThrownBy(() -> new DockerEngine(socket()).open("app:1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found status 500 (disk full), expected 200");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-server\r\n\r\n",
        "HTTP/1.0 200 OK\r\n",
        "",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      })
  void shouldRefuseWhatIsNoAnswer(String head) throws Exception {
    // Given
    var unused = answering(head, new byte[0]);

    // When, Then
    assertThatThrownBy(() -> new DockerEngine(socket()).open("app:1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("asking " + socket())
        .hasMessageContaining("is it a docker engine's?");
  }

  @Test
  void shouldRefuseAnArchiveThatBreaksOff() throws Exception {
    // Given
    TestLayout layout = new TestLayout(Files.createDirectory(folder.resolve("layout")));
    layout.addImage("1", "file");
    byte[] whole = TestLayout.tarOf(layout.write());
    var unused = answering("HTTP/1.0 200 OK\r\n\r\n", Arrays.copyOf(whole, 700));

    // When, Then
    assertThatThrownBy(() -> new DockerEngine(socket()).open("app:1").root())
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("docker-daemon:app:1");
  }

  @Test
  void shouldSayWhereItLookedForAnEngine() {
    assertThatThrownBy(() -> new DockerEngine(socket()).open("app:1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reading docker-daemon:app:1: found no socket " + socket())
        .hasMessageContaining("DOCKER_HOST=unix:///PATH");
  }

  @Test
  void shouldSayThatNobodyListens() throws Exception {
    // Given
    Files.createFile(socket());

    // When, Then
    assertThatThrownBy(() -> new DockerEngine(socket()).open("app:1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("socket " + socket() + " cannot be used");
  }

  @ParameterizedTest
  @CsvSource({
    "'', /var/run/docker.sock",
    "unix:///run/user/1000/docker.sock, /run/user/1000/docker.sock"
  })
  void shouldAskTheEngineThatDockerAsks(String host, Path expected) throws Exception {
    assertThat(DockerEngine.of(Map.of("DOCKER_HOST", host)).socket()).isEqualTo(expected);
    assertThat(DockerEngine.of(Map.of()).socket()).isEqualTo(Path.of("/var/run/docker.sock"));
  }

  @Test
  void shouldRefuseAnEngineOnAnotherMachine() {
    assertThatThrownBy(() -> DockerEngine.of(Map.of("DOCKER_HOST", "tcp://10.0.0.1:2375")))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("DOCKER_HOST: found \"tcp://10.0.0.1:2375\", expected unix:///PATH");
  }
}
