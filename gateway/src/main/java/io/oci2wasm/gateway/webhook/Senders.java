package io.oci2wasm.gateway.webhook;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.identity.oidc.IssuerKeys;
import io.oci2wasm.gateway.webhook.SenderKind.Tells;
import io.oci2wasm.gateway.webhook.auth.Authentication;
import io.oci2wasm.gateway.webhook.auth.OidcToken;
import io.oci2wasm.gateway.webhook.auth.Secret;
import io.oci2wasm.gateway.webhook.sender.SenderEvents;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** All configured senders. */
public final class Senders {
  /** RFC 3986, section 2.3: what needs no escaping in a path, and what no proxy rewrites. */
  private static final Pattern UNRESERVED = Pattern.compile("[A-Za-z0-9._~-]+");

  private final Map<String, Sender> senders = new HashMap<>();
  private final WebhooksConfig config;
  private final @Nullable Path defaultSecret;
  private final Predicate<ImageReference> untagged;
  private final Clock clock;

  private Senders(
      WebhooksConfig config,
      @Nullable Path defaultSecret,
      Predicate<ImageReference> untagged,
      Clock clock) {
    this.config = config;
    this.defaultSecret = defaultSecret;
    this.untagged = untagged;
    this.clock = clock;
  }

  /**
   * The senders that {@code config} describes. Those without a secret are refused, unless there is
   * no secret at all and {@code loopback} tells that no other machine reaches us.
   *
   * @param defaultSecret for senders that can set a header and have no secret of their own
   * @param untagged whether an image without a tag is wanted that a webhook tells of
   * @throws ConfigException if a secret or a key cannot be read, or a setting has no meaning
   */
  public static Senders of(
      WebhooksConfig config,
      @Nullable Path defaultSecret,
      boolean loopback,
      Predicate<ImageReference> untagged,
      Clock clock) {
    Senders senders = new Senders(config, defaultSecret, untagged, clock);
    boolean open = loopback && !senders.anyConfigured();
    for (SenderKind kind : SenderKind.ALL) {
      senders.senders.put(kind.name(), senders.sender(kind, open));
    }
    return senders;
  }

  /** The sender named {@code name} in a path. */
  public Optional<Sender> find(String name) {
    return Optional.ofNullable(senders.get(name));
  }

  /** What senders are called in paths, metrics and requests. */
  public static List<String> names() {
    return SenderKind.ALL.stream().map(SenderKind::name).toList();
  }

  /** Whether at least one sender can show who it is. */
  public boolean anyConfigured() {
    return defaultSecret != null
        || config.gar().audience() != null
        || SenderKind.ALL.stream()
            .anyMatch(kind -> kind.section().apply(config).secretFile() != null);
  }

  private Sender sender(SenderKind kind, boolean open) {
    SenderConfig section = kind.section().apply(config);
    check(kind, section);
    SenderEvents events =
        new SenderEvents(
            kind.name(), section.registry(), Set.copyOf(section.ownActors()), untagged, clock);
    return new Sender(
        kind.name(),
        open ? Authentication.open() : authentication(kind, section),
        kind.reader().apply(events),
        kind.headers());
  }

  private Authentication authentication(SenderKind kind, SenderConfig section) {
    Credential credential = kind.credential();
    if (credential.check() == null) {
      return google();
    }
    Path file =
        section.secretFile() == null && credential.inHeader()
            ? defaultSecret
            : section.secretFile();
    if (file == null) {
      return Authentication.unconfigured(key(kind, "secretFile"));
    }
    if (credential.inPath() && !UNRESERVED.matcher(SecretFile.read(file)).matches()) {
      throw new ConfigException(
          key(kind, "secretFile")
              + ": found a secret that cannot stand in a path, expected letters, digits and ._~-");
    }
    return credential.check().apply(section, Secret.fromFile(file));
  }

  private Authentication google() {
    GoogleConfig google = config.gar();
    if (google.audience() == null || google.account() == null) {
      return Authentication.unconfigured("gateway.webhooks.gar.audience");
    }
    return new OidcToken(
        google.keysFile() == null
            ? IssuerKeys.fromUrl(google.keysUrl())
            : IssuerKeys.fromFile(google.keysFile()),
        google.issuer(),
        google.audience(),
        google.account());
  }

  private static void check(SenderKind kind, SenderConfig section) {
    if (section.header() != null && !kind.credential().inHeader()) {
      throw new ConfigException(
          key(kind, "header") + ": found one, but this sender has its own; remove the key");
    }
    if (!section.ownActors().isEmpty() && !kind.tells().contains(Tells.ACTOR)) {
      throw new ConfigException(
          key(kind, "ownActors") + ": found some, but this sender names no one; remove the key");
    }
    if (section.secretFile() != null
        && section.registry() == null
        && !kind.tells().contains(Tells.REGISTRY)) {
      throw new ConfigException(
          String.format(
              "%s: found none, expected HOST[:PORT]: %s does not tell its own",
              key(kind, "registry"), kind.name()));
    }
  }

  private static String key(SenderKind kind, String member) {
    return "gateway.webhooks." + kind.name() + "." + member;
  }
}
