package io.oci2wasm.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpServer;
import io.oci2wasm.runtime.config.ByteSize;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;

/** A client that closes itself, as the HTTP client does where an Error passes through it. */
@SuppressWarnings("NullAway.Init") // JUnit sets the fields
class StoreConnectionTest {
  private HttpServer server;
  private StoreConnection connection;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    StoreConfig config =
        new StoreConfig(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
            "us-east-1",
            "bucket",
            true,
            null,
            null,
            new ByteSize(8 << 20),
            Duration.ofSeconds(5),
            // Timers refuse work in words of their own once they are closed.
            Duration.ofSeconds(30),
            Duration.ofSeconds(60));
    connection =
        new StoreConnection(() -> StoreClient.open(config, AnonymousCredentialsProvider.create()));
  }

  @AfterEach
  void stop() {
    connection.close();
    server.stop(0);
  }

  private @Nullable Object head(S3Client client) {
    return client.headObject(request -> request.bucket("bucket").key("key"));
  }

  @Test
  void shouldBeOfUseAgainAfterItsConnectionsWereClosed() throws Exception {
    Throwable closed =
        catchThrowable(
            () ->
                connection.ask(
                    "looking for",
                    "key",
                    client -> {
                      client.close();
                      return head(client);
                    }));

    assertThat(closed)
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("looking for key");
    assertThat(((StoreUnavailableException) closed).isRefused()).isFalse();
    assertThat(connection.ask("looking for", "key", this::head)).isNotNull();
  }

  @Test
  void shouldBeOfUseAgainAfterAnError() throws Exception {
    Throwable error =
        catchThrowable(
            () ->
                connection.ask(
                    "looking for",
                    "key",
                    client -> {
                      client.close();
                      throw new OutOfMemoryError("made up");
                    }));

    assertThat(error).isInstanceOf(OutOfMemoryError.class);
    assertThat(connection.ask("looking for", "key", this::head)).isNotNull();
  }
}
