package io.oci2wasm.gateway.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.oci2wasm.gateway.GatewayConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies of 100 MB, where 8 MiB are allowed, are refused before they are read. */
@SuppressWarnings("NullAway.Init") // JUnit and the set-up set the fields
class LargeBodyTest {
  private static final long SIZE = 100_000_000;

  @TempDir private Path directory;
  private TestGateway server;

  @BeforeEach
  void start() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "hook");
    server = new TestGateway(GatewayConfig.DEFAULT.onPort(0).withWebhookSecret(secret));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** How an exchange went: the answer's first line, and how much of the body was taken. */
  private record Exchange(@Nullable String status, long sent) {}

  @Test
  void shouldRefuseAnAnnouncedBodyBeforeItIsSent() throws Exception {
    try (Socket socket = connect()) {
      write(socket, head("hook", "Content-Length: " + SIZE));

      assertThat(statusLine(socket)).contains(" 413 ");
    }
  }

  @Test
  void shouldRefuseAStrangersBodyBeforeItIsSent() throws Exception {
    try (Socket socket = connect()) {
      write(socket, head("wrong", "Content-Length: 8000000"));

      assertThat(statusLine(socket)).contains(" 401 ");
    }
  }

  @Test
  void shouldStopTakingABodyOfUnknownLengthAtTheLimit() throws Exception {
    Exchange exchange = sendChunked("hook");

    assertThat(exchange.status()).contains(" 413 ");
    assertThat(exchange.sent()).isLessThan(SIZE / 2);
  }

  @Test
  void shouldTakeNothingOfAStrangersBodyOfUnknownLength() throws Exception {
    Exchange exchange = sendChunked("wrong");

    assertThat(exchange.status()).contains(" 401 ");
    assertThat(exchange.sent()).isLessThan(SIZE / 2);
  }

  private Exchange sendChunked(String secret) throws IOException {
    byte[] content = new byte[100_000];
    long sent = 0;
    try (Socket socket = connect()) {
      write(socket, head(secret, "Transfer-Encoding: chunked"));
      try {
        while (sent < SIZE && socket.getInputStream().available() == 0) {
          write(socket, Integer.toHexString(content.length) + "\r\n");
          socket.getOutputStream().write(content);
          write(socket, "\r\n");
          sent += content.length;
        }
      } catch (IOException closed) {
        // The server has hung up; its answer may still be there.
      }
      return new Exchange(statusLine(socket), sent);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String head(String secret, String length) {
    return "POST /webhooks/distribution HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + (secret + "\r\n" + length + "\r\n\r\n");
  }

  private static void write(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(US_ASCII));
    out.flush();
  }

  private static @Nullable String statusLine(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
  }
}
