package io.oci2wasm.gateway.webhook.sender;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Lane;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.event.ImageDeleted;
import io.oci2wasm.api.event.ImagePushed;
import io.oci2wasm.api.event.RequestIds;
import io.oci2wasm.api.oci.ReferrersTag;
import io.oci2wasm.gateway.webhook.message.Ignored;
import io.oci2wasm.gateway.webhook.message.UnreadableWebhookException;
import io.oci2wasm.gateway.webhook.message.WebhookReading;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the pipeline's events of what one sender tells. */
public final class SenderEvents {
  /** Longer names are no media types (RFC 6838, section 4.2), and must not fill a record. */
  private static final int MAX_MEDIA_TYPE = 255;

  /**
   * Some senders tell neither an id nor a time: a delivery that is repeated within this time is the
   * same push, a later one is another.
   */
  private static final Duration REPEATS = Duration.ofMinutes(10);

  private final String sender;
  private final @Nullable String registry;
  private final Set<String> ownActors;
  private final Predicate<ImageReference> untagged;
  private final Clock clock;

  /**
   * Events of {@code sender}.
   *
   * @param registry the registry's host, where the operator names it
   * @param ownActors who pushes for us
   * @param untagged whether an image without a tag is wanted that a webhook tells of
   */
  public SenderEvents(
      String sender,
      @Nullable String registry,
      Set<String> ownActors,
      Predicate<ImageReference> untagged,
      Clock clock) {
    this.sender = sender;
    this.registry = registry;
    this.ownActors = Set.copyOf(ownActors);
    this.untagged = untagged;
    this.clock = clock;
  }

  /** The configured registry, or else the one that the sender tells. */
  String registry(String member, @Nullable String told) throws UnreadableWebhookException {
    if (registry != null) {
      return registry;
    }
    if (told == null || told.isEmpty()) {
      throw new UnreadableWebhookException(
          String.format(
              "%s: found no registry host in %s; name it as gateway.webhooks.%s.registry",
              sender, member, sender));
    }
    return told;
  }

  /** Whether {@code actor} pushes for us. */
  boolean isOwn(@Nullable String actor) {
    return actor != null && ownActors.contains(actor);
  }

  /**
   * A push that the sender gives an id. What is attached to an image is none: its tag tells. What
   * has no tag is not wanted unless somebody said so: it is pushed before the index that holds it,
   * of which the sender tells too.
   */
  WebhookReading pushed(
      String eventId, ImageReference image, @Nullable String mediaType, @Nullable Instant at)
      throws UnreadableWebhookException {
    if (mediaType != null && mediaType.length() > MAX_MEDIA_TYPE) {
      throw new UnreadableWebhookException(
          String.format(
              "%s: found a media type of %s characters, expected at most %s",
              sender, mediaType.length(), MAX_MEDIA_TYPE));
    }
    if (ReferrersTag.isAttached(image.tag())) {
      return WebhookReading.ignored(Ignored.ARTIFACT);
    }
    if (image.tag() == null && !untagged.test(image)) {
      return WebhookReading.ignored(Ignored.UNTAGGED);
    }
    return WebhookReading.of(
        new ImagePushed(
            RequestIds.of(sender, image.registry(), eventId),
            Lane.PUSH,
            sender,
            image,
            mediaType,
            at == null ? clock.instant() : at));
  }

  /** A push without an id: what it says makes one, {@code more} what the reference lacks. */
  WebhookReading pushed(
      ImageReference image,
      @Nullable String mediaType,
      @Nullable Instant at,
      @Nullable Object... more)
      throws UnreadableWebhookException {
    String said = Arrays.stream(more).map(Objects::toString).collect(Collectors.joining("\n"));
    return pushed(image + "\n" + (at == null ? window() : at) + "\n" + said, image, mediaType, at);
  }

  private long window() {
    return clock.instant().getEpochSecond() / REPEATS.toSeconds();
  }

  ImageDeleted deleted(
      String registry,
      String repository,
      @Nullable Sha256Digest digest,
      @Nullable String tag,
      @Nullable Instant at) {
    return new ImageDeleted(
        sender, registry, repository, digest, tag, at == null ? clock.instant() : at);
  }

  /**
   * A deletion by a sender that names the manifest also where only its name is gone: other names
   * may still have it, so that nothing is said of the manifest where there is a tag.
   */
  ImageDeleted untagged(
      String registry,
      String repository,
      @Nullable Sha256Digest digest,
      @Nullable String tag,
      @Nullable Instant at) {
    return deleted(registry, repository, tag == null ? digest : null, tag, at);
  }
}
