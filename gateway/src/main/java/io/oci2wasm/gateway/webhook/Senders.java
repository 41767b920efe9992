package io.oci2wasm.gateway.webhook;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.gateway.webhook.auth.Authentication;
import io.oci2wasm.gateway.webhook.auth.IssuerKeys;
import io.oci2wasm.gateway.webhook.auth.OidcToken;
import io.oci2wasm.gateway.webhook.auth.Secret;
import io.oci2wasm.gateway.webhook.sender.SenderEvents;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** All senders, as they are configured. */
public final class Senders {
  /** RFC 3986, section 2.3: what needs no escaping in a path, and what no proxy rewrites. */
  private static final Pattern UNRESERVED = Pattern.compile("[A-Za-z0-9._~-]+");

  private final Map<SenderKind, Sender> senders = new EnumMap<>(SenderKind.class);
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
    for (SenderKind kind : SenderKind.values()) {
      senders.senders.put(kind, senders.sender(kind, open));
    }
    return senders;
  }

  /** The sender named {@code name} in a path. */
  public Optional<Sender> find(String name) {
    return Arrays.stream(SenderKind.values())
        .filter(kind -> kind.toString().equals(name))
        .findFirst()
        .map(senders::get);
  }

  /** What senders are called in paths, metrics and requests. */
  public static List<String> names() {
    return Arrays.stream(SenderKind.values()).map(SenderKind::toString).toList();
  }

  /** Whether at least one sender can show who it is. */
  public boolean anyConfigured() {
    return defaultSecret != null
        || config.gar().audience() != null
        || Arrays.stream(SenderKind.values())
            .anyMatch(kind -> kind.section(config).secretFile() != null);
  }

  private Sender sender(SenderKind kind, boolean open) {
    SenderConfig section = kind.section(config);
    check(kind, section);
    SenderEvents events =
        new SenderEvents(
            kind.toString(), section.registry(), Set.copyOf(section.ownActors()), untagged, clock);
    Authentication authentication = open ? Authentication.open() : authentication(kind, section);
    return new Sender(kind.toString(), authentication, kind.reader(events));
  }

  private Authentication authentication(SenderKind kind, SenderConfig section) {
    if (kind == SenderKind.GAR) {
      return google();
    }
    Path file =
        section.secretFile() == null && kind.hasHeader() ? defaultSecret : section.secretFile();
    if (file == null) {
      return Authentication.unconfigured(key(kind, "secretFile"));
    }
    if (kind.hasPathSecret() && !UNRESERVED.matcher(SecretFile.read(file)).matches()) {
      throw new ConfigException(
          key(kind, "secretFile")
              + ": found a secret that cannot stand in a path, expected letters, digits and ._~-");
    }
    return kind.authentication(section, Secret.fromFile(file));
  }

  private Authentication google() {
    GoogleConfig google = config.gar();
    if (google.audience() == null || google.account() == null) {
      return Authentication.unconfigured(key(SenderKind.GAR, "audience"));
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
    if (section.header() != null && !kind.hasHeader()) {
      throw new ConfigException(
          key(kind, "header") + ": found one, but this sender has its own; remove the key");
    }
    if (!section.ownActors().isEmpty() && !kind.tellsActor()) {
      throw new ConfigException(
          key(kind, "ownActors") + ": found some, but this sender names no one; remove the key");
    }
    if (kind == SenderKind.ZOT && section.secretFile() != null && section.registry() == null) {
      throw new ConfigException(
          key(kind, "registry") + ": found none, expected HOST[:PORT]: zot does not tell its own");
    }
  }

  private static String key(SenderKind kind, String member) {
    return "gateway.webhooks." + kind + "." + member;
  }
}
