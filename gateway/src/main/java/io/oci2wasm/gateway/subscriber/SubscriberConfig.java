package io.oci2wasm.gateway.subscriber;

import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.Topics;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A service that receives the outcome of conversions.
 *
 * @param name names its consumer group and its metrics
 * @param url where events are posted to; https, unless it is loopback or {@code insecure}
 * @param secretFile holds what events are signed with
 * @param events kinds of events; none given means all
 * @param insecure whether http is meant though it crosses a network
 * @param timeout how long one answer may take
 * @param retryFor how long after its first failed attempt an event is tried again
 */
public record SubscriberConfig(
    String name,
    URI url,
    Path secretFile,
    @Nullable List<Kind> events,
    @Nullable Boolean insecure,
    @Nullable Duration timeout,
    @Nullable Duration retryFor) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");
  private static final Duration USUAL_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration USUAL_RETRY_FOR = Duration.ofHours(1);

  /** What may be told. */
  public enum Kind {
    BUILT(Topics.BUNDLE_BUILT),
    SKIPPED(Topics.CONVERSION_SKIPPED),
    FAILED(Topics.CONVERSION_FAILED);

    private final String topic;

    Kind(String topic) {
      this.topic = topic;
    }

    String topic() {
      return topic;
    }

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public SubscriberConfig {
    require("name", name);
    require("url", url);
    require("secretFile", secretFile);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name: found \"" + name + "\", expected up to 40 of a-z 0-9 -");
    }
    events = events == null || events.isEmpty() ? List.of(Kind.values()) : List.copyOf(events);
    insecure = insecure != null && insecure;
    timeout = timeout == null ? USUAL_TIMEOUT : timeout;
    retryFor = retryFor == null ? USUAL_RETRY_FOR : retryFor;
    checkUrl(name, url, insecure);
    if (timeout.toMillis() < 1) {
      throw new IllegalArgumentException("timeout: found nothing, expected 1ms or more");
    }
  }

  private static void require(String key, @Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "subscriber: found no " + key + ", expected name, url and secretFile");
    }
  }

  /** Without its path, which may be a secret of the subscriber's. */
  private static void checkUrl(String name, URI url, boolean insecure) {
    String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    boolean http = scheme.equals("http");
    if ((!http && !scheme.equals("https")) || url.getHost() == null || url.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "url of subscriber " + name + ": expected https://HOST[:PORT]/PATH without a user");
    }
    if (http && !insecure && !isLoopback(url.getHost())) {
      throw new IllegalArgumentException(
          String.format(
              "url of subscriber %s: found http beyond loopback, expected https; set"
                  + " insecure: true if the network between is yours",
              name));
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return host.equals("localhost")
          || (host.matches("[0-9.]+|\\[.*]") && InetAddress.getByName(host).isLoopbackAddress());
    } catch (UnknownHostException e) {
      return false;
    }
  }

  List<String> topics() {
    return kinds().stream().map(Kind::topic).toList();
  }

  /** What it is told of. */
  public List<Kind> kinds() {
    return events == null ? List.of() : events;
  }

  /** How long one answer may take. */
  public Duration timeLimit() {
    return timeout == null ? USUAL_TIMEOUT : timeout;
  }

  /** How long after its first failed attempt an event is tried again. */
  public Duration retryTime() {
    return retryFor == null ? USUAL_RETRY_FOR : retryFor;
  }

  /** The path of the URL may be a secret. */
  @Override
  public String toString() {
    return "SubscriberConfig[" + name + "]";
  }
}
