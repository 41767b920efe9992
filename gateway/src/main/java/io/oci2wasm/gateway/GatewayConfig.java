package io.oci2wasm.gateway;

import io.oci2wasm.api.rule.ConversionRules;
import io.oci2wasm.gateway.identity.Callers;
import io.oci2wasm.gateway.identity.oidc.Identities;
import io.oci2wasm.gateway.identity.oidc.OidcConfig;
import io.oci2wasm.gateway.identity.oidc.OidcProvider;
import io.oci2wasm.gateway.state.database.DatabaseConfig;
import io.oci2wasm.gateway.subscriber.SubscriberConfig;
import io.oci2wasm.gateway.subscriber.Subscribers;
import io.oci2wasm.gateway.trim.TrimConfig;
import io.oci2wasm.gateway.webhook.Senders;
import io.oci2wasm.gateway.webhook.WebhooksConfig;
import io.oci2wasm.runtime.config.ByteSize;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Configuration of the gateway. */
public record GatewayConfig(
    @ConfigKey(
            meaning =
                "Beyond loopback, apiTokenFile, callersFile or oidc is required, and "
                    + "webhookSecretFile or a secret of one sender.",
            byDefault = "127.0.0.1")
        String host,
    @ConfigKey(meaning = "0 selects a free port.", byDefault = "8080") int port,
    @ConfigKey(
            meaning =
                "What registries send as `Authorization: Bearer SECRET`. It applies to senders "
                    + "that can set a header and have no secret of their own below. If there is no "
                    + "secret at all, here or below, everyone who reaches the port may send. "
                    + "Otherwise senders without one are refused.")
        @Nullable Path webhookSecretFile,
    @ConfigKey(
            meaning =
                "What callers of /api/ send in the same way. Without it, everyone who reaches "
                    + "the port may call.")
        @Nullable Path apiTokenFile,
    @ConfigKey(
            meaning =
                "Callers of /api/ with a token and a role each: `NAME ROLE DIGEST` in each line "
                    + "(`oci2wasm token` makes one). A viewer sees everything. An operator also "
                    + "asks for conversions, replays, and begins and changes batches. An admin also "
                    + "removes bundles and reads the audit log. A change of the file holds within a "
                    + "second. The token above is an admin's.")
        @Nullable Path callersFile,
    OidcConfig oidc,
    TlsConfig tls,
    SiteConfig site,
    @ConfigKey(meaning = "Largest webhook, at most 11m.", byDefault = "8m") ByteSize bodyLimit,
    BodiesConfig bodies,
    @ConfigKey(
            meaning =
                "More names by which browsers and registries call the gateway, without ports. "
                    + "On loopback, names other than this machine's are refused, because a foreign "
                    + "page could point its own name here. Behind a proxy: the proxy's name.",
            byDefault = "[]")
        List<String> hosts,
    DatabaseConfig database,
    TrimConfig trim,
    WebhooksConfig webhooks,
    @ConfigKey(
            meaning =
                "Who gets the outcome of conversions over HTTP (docs/FORMATS.md, "
                    + "\"Subscribers\"). Each has its own consumer group, shared by all gateways on one "
                    + "Kafka. A new subscriber gets what ends from then on. name        names its "
                    + "group and metrics: a-z 0-9 - url         where to post events: https, or http "
                    + "on loopback secretFile  key of the signature: whsec_ and base64, or text of 24 "
                    + "bytes or more events      some of built, skipped, failed; by default all "
                    + "insecure    true allows http beyond loopback timeout     time limit for an "
                    + "answer; by default 10s retryFor    how long after the first failure an event "
                    + "is sent again; then it becomes a dead letter; by default 1h",
            byDefault = "[]")
        List<SubscriberConfig> subscribers,
    @ConfigKey(
            meaning =
                "Whether webhooks about a manifest without a tag make requests. Most of these "
                    + "manifests are children of an index that is pushed after them, so one push "
                    + "would become many requests. Set it, or a rule with `untagged`, if you push by "
                    + "digest alone.",
            byDefault = "false")
        boolean untagged) {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]+]");
  private static final ByteSize MAX_BODY_LIMIT = new ByteSize(11L << 20);

  public static final GatewayConfig DEFAULT = ConfigFile.defaults(GatewayConfig.class);

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
    return ConfigFile.with(this, "database", database.orIn(directory));
  }

  /** The same on another port; 0 takes any free one. */
  public GatewayConfig onPort(int port) {
    return ConfigFile.with(this, "port", port);
  }

  /** The same at another address. */
  public GatewayConfig onHost(String host) {
    return ConfigFile.with(this, "host", host);
  }

  /** The same with another token for callers of the API. */
  public GatewayConfig withApiToken(@Nullable Path apiTokenFile) {
    return ConfigFile.with(this, "apiTokenFile", apiTokenFile);
  }

  /** The same with other callers of the API. */
  public GatewayConfig withCallers(@Nullable Path callersFile) {
    return ConfigFile.with(this, "callersFile", callersFile);
  }

  /** The same with another OpenID provider. */
  public GatewayConfig with(OidcConfig oidc) {
    return ConfigFile.with(this, "oidc", oidc);
  }

  /** The same with another secret for webhooks. */
  public GatewayConfig withWebhookSecret(@Nullable Path webhookSecretFile) {
    return ConfigFile.with(this, "webhookSecretFile", webhookSecretFile);
  }

  /** The same with these names. */
  public GatewayConfig withHosts(String... hosts) {
    return ConfigFile.with(this, "hosts", List.of(hosts));
  }

  /** The same with other senders. */
  public GatewayConfig with(WebhooksConfig webhooks) {
    return ConfigFile.with(this, "webhooks", webhooks);
  }

  /** The same with other subscribers. */
  public GatewayConfig with(List<SubscriberConfig> subscribers) {
    return ConfigFile.with(this, "subscribers", subscribers);
  }

  /** The same with other rules of trimming. */
  public GatewayConfig with(TrimConfig trim) {
    return ConfigFile.with(this, "trim", trim);
  }

  /** The same with another certificate. */
  public GatewayConfig with(TlsConfig tls) {
    return ConfigFile.with(this, "tls", tls);
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
    if (identities(Clock.systemUTC()).callers().areAnyone()) {
      missing.add("gateway.apiTokenFile (or gateway.callersFile, or gateway.oidc)");
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
    Subscribers.check(subscribers);
  }

  /**
   * Who may call the API.
   *
   * @throws ConfigException if a token, a caller or the secret of {@code oidc} cannot be read
   */
  public Identities identities(Clock clock) {
    OidcProvider provider = oidc.issuer() == null ? null : new OidcProvider(oidc, clock);
    return new Identities(Callers.of(apiTokenFile, callersFile, provider, clock), provider);
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
