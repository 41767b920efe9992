package io.oci2wasm.gateway;

import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.subscriber.SubscriberConfig;
import io.oci2wasm.gateway.subscriber.Subscribers;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.gateway.webhook.WebhooksConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the gateway.
 *
 * @param port 0 takes any free one
 * @param webhookSecretFile holds what senders of webhooks present that have no secret of their own
 * @param apiTokenFile holds what callers of the API present; needed beyond loopback
 * @param tls with what it proves its name, if it speaks TLS
 * @param bodyLimit largest webhook accepted
 * @param bodies how long they may take, and the memory they may hold
 * @param hosts more names by which browsers and registries call the gateway, without ports
 * @param database where what the API shows is kept
 * @param webhooks what is known of each sender
 * @param subscribers who is told how conversions ended
 * @param untagged whether webhooks that tell of a manifest without a tag ask for it
 */
public record GatewayConfig(
    String host,
    int port,
    @Nullable Path webhookSecretFile,
    @Nullable Path apiTokenFile,
    TlsConfig tls,
    ByteSize bodyLimit,
    BodiesConfig bodies,
    List<String> hosts,
    DatabaseConfig database,
    WebhooksConfig webhooks,
    List<SubscriberConfig> subscribers,
    boolean untagged) {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]+]");
  private static final ByteSize MAX_BODY_LIMIT = new ByteSize(11L << 20);

  public static final GatewayConfig DEFAULT =
      new GatewayConfig(
          "127.0.0.1",
          8080,
          null,
          null,
          TlsConfig.NONE,
          new ByteSize(8L << 20),
          BodiesConfig.DEFAULT,
          List.of(),
          DatabaseConfig.DEFAULT,
          WebhooksConfig.DEFAULT,
          List.of(),
          false);

  public GatewayConfig {
    subscribers = List.copyOf(subscribers);
    hosts = List.copyOf(hosts);
    for (String name : hosts) {
      if (!HOST.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "hosts: found \"" + name + "\", expected a name without port, e.g. gateway.example");
      }
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: found " + port + ", expected 0 to 65535");
    }
    if (bodyLimit.bytes() > MAX_BODY_LIMIT.bytes()) {
      throw new IllegalArgumentException(
          String.format(
              "bodyLimit: found %s, expected at most %s: a webhook that cannot be"
                  + " understood is kept in one record of Kafka",
              bodyLimit, MAX_BODY_LIMIT));
    }
  }

  /** The same with its H2 file in {@code directory}, unless a place is configured. */
  public GatewayConfig orStateIn(Path directory) {
    return new GatewayConfig(
        host,
        port,
        webhookSecretFile,
        apiTokenFile,
        tls,
        bodyLimit,
        bodies,
        hosts,
        database.orIn(directory),
        webhooks,
        subscribers,
        untagged);
  }

  /** The same on another port; 0 takes any free one. */
  public GatewayConfig onPort(int port) {
    return new GatewayConfig(
        host,
        port,
        webhookSecretFile,
        apiTokenFile,
        tls,
        bodyLimit,
        bodies,
        hosts,
        database,
        webhooks,
        subscribers,
        untagged);
  }

  /** The same with another secret for webhooks. */
  public GatewayConfig withWebhookSecret(@Nullable Path webhookSecretFile) {
    return new GatewayConfig(
        host,
        port,
        webhookSecretFile,
        apiTokenFile,
        tls,
        bodyLimit,
        bodies,
        hosts,
        database,
        webhooks,
        subscribers,
        untagged);
  }

  /** The same with these names. */
  public GatewayConfig withHosts(String... hosts) {
    return new GatewayConfig(
        host,
        port,
        webhookSecretFile,
        apiTokenFile,
        tls,
        bodyLimit,
        bodies,
        List.of(hosts),
        database,
        webhooks,
        subscribers,
        untagged);
  }

  /** The same with other senders. */
  public GatewayConfig with(WebhooksConfig webhooks) {
    return new GatewayConfig(
        host,
        port,
        webhookSecretFile,
        apiTokenFile,
        tls,
        bodyLimit,
        bodies,
        hosts,
        database,
        webhooks,
        subscribers,
        untagged);
  }

  /** The same with other subscribers. */
  public GatewayConfig with(List<SubscriberConfig> subscribers) {
    return new GatewayConfig(
        host,
        port,
        webhookSecretFile,
        apiTokenFile,
        tls,
        bodyLimit,
        bodies,
        hosts,
        database,
        webhooks,
        subscribers,
        untagged);
  }

  /** The same with another certificate. */
  public GatewayConfig with(TlsConfig tls) {
    return new GatewayConfig(
        host,
        port,
        webhookSecretFile,
        apiTokenFile,
        tls,
        bodyLimit,
        bodies,
        hosts,
        database,
        webhooks,
        subscribers,
        untagged);
  }

  /**
   * Refuses to serve strangers without secrets.
   *
   * @throws ConfigException if the host is not loopback and a secret is missing, or one cannot be
   *     read
   */
  public void check() {
    Senders senders = senders(ConversionRules.DEFAULT, Clock.systemUTC());
    List<String> missing = new ArrayList<>();
    if (apiTokenFile == null) {
      missing.add("gateway.apiTokenFile");
    }
    if (!senders.anyConfigured()) {
      missing.add("gateway.webhookSecretFile (or a secret of one sender in gateway.webhooks)");
    }
    if (!listensOnLoopback() && !missing.isEmpty()) {
      throw new ConfigException(
          String.format(
              "gateway.host: found %s without %s, expected it beyond loopback; name a file"
                  + " with a secret, or listen on 127.0.0.1",
              host, String.join(" and ", missing)));
    }
    if (apiTokenFile != null) {
      String unused = SecretFile.read(apiTokenFile);
    }
    Subscribers.check(subscribers);
  }

  /**
   * Who may send webhooks.
   *
   * @param rules may say of some images that they are wanted without a tag, or not
   * @throws ConfigException if a secret cannot be read
   */
  public Senders senders(ConversionRules rules, Clock clock) {
    return Senders.of(
        webhooks,
        webhookSecretFile,
        listensOnLoopback(),
        image -> rules.wantsUntagged(image, untagged),
        clock);
  }

  /** Whether no other machine reaches the gateway by itself. */
  public boolean listensOnLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new ConfigException("gateway.host: found " + host + ", which has no address", e);
    }
  }
}
