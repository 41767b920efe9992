package io.oci2wasm.gateway;

import io.oci2wasm.gateway.view.DatabaseConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway is told.
 *
 * @param port 0 takes any free one
 * @param webhookSecretFile holds what senders of webhooks present; needed beyond loopback
 * @param apiTokenFile holds what callers of the API present; needed beyond loopback
 * @param bodyLimit largest webhook accepted
 * @param database where what the API shows is kept
 */
public record GatewayConfig(
    String host,
    int port,
    @Nullable Path webhookSecretFile,
    @Nullable Path apiTokenFile,
    ByteSize bodyLimit,
    DatabaseConfig database) {
  public static final GatewayConfig DEFAULT =
      new GatewayConfig(
          "127.0.0.1", 8080, null, null, new ByteSize(8L << 20), DatabaseConfig.DEFAULT);

  public GatewayConfig {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: found " + port + ", expected 0 to 65535");
    }
  }

  /** The same with its H2 file in {@code directory}, unless a place is configured. */
  public GatewayConfig orStateIn(Path directory) {
    return new GatewayConfig(
        host, port, webhookSecretFile, apiTokenFile, bodyLimit, database.orIn(directory));
  }

  /** The same on another port; 0 takes any free one. */
  public GatewayConfig onPort(int port) {
    return new GatewayConfig(host, port, webhookSecretFile, apiTokenFile, bodyLimit, database);
  }

  /** The same with another secret for webhooks. */
  public GatewayConfig withWebhookSecret(@Nullable Path webhookSecretFile) {
    return new GatewayConfig(host, port, webhookSecretFile, apiTokenFile, bodyLimit, database);
  }

  /**
   * Refuses to serve strangers without secrets.
   *
   * @throws ConfigException if the host is not loopback and a secret is missing, or one cannot be
   *     read
   */
  public void check() {
    if (!isLoopback() && (webhookSecretFile == null || apiTokenFile == null)) {
      throw new ConfigException(
          "gateway.host: found "
              + host
              + " without "
              + (webhookSecretFile == null ? "gateway.webhookSecretFile" : "gateway.apiTokenFile")
              + ", expected it beyond loopback; name a file with a secret, or listen on 127.0.0.1");
    }
    for (Path secret : new Path[] {webhookSecretFile, apiTokenFile}) {
      if (secret != null) {
        String unused = SecretFile.read(secret);
      }
    }
  }

  private boolean isLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new ConfigException("gateway.host: found " + host + ", which has no address", e);
    }
  }
}
