package io.oci2wasm.gateway.webhook;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

/** Senders as tests need them. */
public final class TestSenders {
  public static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  private TestSenders() {}

  /** A sender that lets everyone in; zot's registry is known. */
  public static Sender open(String name) {
    return openAfter(name, Duration.ZERO);
  }

  /** The same, some time later. */
  public static Sender openAfter(String name, Duration later) {
    return find(name, with(List.of()), false, Clock.fixed(NOW.plus(later), ZoneOffset.UTC));
  }

  /** A sender that is told who pushes for us. */
  public static Sender ownedBy(String actor, String name) {
    return find(name, with(List.of(actor)), false, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  /** A sender whose images are wanted without a tag too. */
  public static Sender takingUntagged(String name) {
    return find(name, with(List.of()), true, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static Sender find(String name, WebhooksConfig config, boolean untagged, Clock clock) {
    return Senders.of(config, null, true, image -> untagged, clock).find(name).orElseThrow();
  }

  private static WebhooksConfig with(List<String> ownActors) {
    SenderConfig actors = new SenderConfig(null, null, null, ownActors);
    SenderConfig none = SenderConfig.DEFAULT;
    return new WebhooksConfig(
        actors,
        actors,
        actors,
        actors,
        none,
        none,
        actors,
        GoogleConfig.DEFAULT,
        none,
        actors,
        new SenderConfig(null, null, "zot.example:5000", List.of()));
  }
}
