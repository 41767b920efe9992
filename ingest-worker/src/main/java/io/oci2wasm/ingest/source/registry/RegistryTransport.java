package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a GET to a registry: with authentication, redirects by our rules, and retries. */
final class RegistryTransport {
  private static final Logger LOGGER = LoggerFactory.getLogger(RegistryTransport.class);
  private static final int MAX_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /**
   * What is asked for.
   *
   * @param doing action and object, for messages
   */
  record Get(
      RegistryHost host, String repository, URI uri, Map<String, String> headers, String doing) {
    Get {
      headers = Map.copyOf(headers);
    }
  }

  private record Landing(URI uri, HttpAnswer answer) {}

  private final RegistryAccess access;
  private final OtherHosts otherHosts;
  private final Authenticator authenticator;
  private final Backoff backoff;
  private final Map<String, HostLimits> limits = new ConcurrentHashMap<>();

  RegistryTransport(
      RegistryAccess access, OtherHosts otherHosts, Authenticator authenticator, Backoff backoff) {
    this.access = access;
    this.otherHosts = otherHosts;
    this.authenticator = authenticator;
    this.backoff = backoff;
  }

  /**
   * The answer to {@code get} if it is 200 or 206; the caller closes the body.
   *
   * @throws RejectedException if the registry, or a rule of ours, refuses
   * @throws UnavailableException if it did not answer in spite of retries, or asks us to wait long
   */
  HttpAnswer send(Get get) throws RejectedException, IOException {
    checkAllowed(get);
    for (int attempt = 1; ; attempt++) {
      String found;
      IOException cause = null;
      Duration askedFor = null;
      try {
        HttpAnswer answer = limits(get.host()).send(() -> authenticated(get));
        int status = answer.status();
        if (status == 200 || status == 206) {
          return answer;
        }
        if (!RegistryErrors.isTransient(status)) {
          throw RegistryErrors.rejection(get.doing(), answer);
        }
        askedFor = backoff.retryAfter(answer).orElse(null);
        found = RegistryErrors.describe(answer);
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        found = describe(e);
        cause = e;
        askedFor = e instanceof UnavailableException busy ? busy.retryAfter() : null;
      }
      if (attempt >= access.attempts() || isTooLong(askedFor)) {
        throw unavailable(get, attempt, found, cause, askedFor);
      }
      LOGGER
          .atWarn()
          .addKeyValue("registry", get.host().name())
          .addKeyValue("attempt", attempt)
          .addKeyValue("error", found)
          .log("Registry did not answer, trying again");
      backoff.pause(attempt, askedFor);
    }
  }

  private void checkAllowed(Get get) throws RejectedException {
    if (!access.isAllowed(get.host().name())) {
      throw new RejectedException(
          Reason.REGISTRY_NOT_ALLOWED,
          get.doing()
              + ": found registry "
              + get.host().name()
              + ", expected one that is allowed; allow it by name if it is meant");
    }
  }

  private HostLimits limits(RegistryHost host) {
    return limits.computeIfAbsent(
        host.name(), name -> new HostLimits(access.limits(name), backoff.sleeper()));
  }

  private HttpAnswer authenticated(Get get) throws RejectedException, IOException {
    Optional<String> known = authenticator.known(get.host(), get.repository());
    Landing landing = follow(get, known.orElse(null));
    HttpAnswer answer = landing.answer();
    if (answer.status() != 401 || !get.host().serves(landing.uri())) {
      return answer;
    }
    Optional<String> authorization =
        authenticator.answer(
            get.host(), get.repository(), Challenge.parseAll(answer.headers("WWW-Authenticate")));
    if (authorization.isEmpty()) {
      return answer;
    }
    answer.body().close();
    return follow(get, authorization.get()).answer();
  }

  private Landing follow(Get get, @Nullable String authorization)
      throws RejectedException, IOException {
    URI uri = get.uri();
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpGet request = new HttpGet(uri);
      get.headers().forEach(request::setHeader);
      if (authorization != null && get.host().serves(uri)) {
        request.setHeader("Authorization", authorization);
      }
      HttpAnswer answer = otherHosts.send(get.host(), "redirect", uri, request);
      if (!REDIRECTS.contains(answer.status())) {
        return new Landing(uri, answer);
      }
      answer.body().close();
      uri = target(get, uri, answer);
    }
    throw badRedirect(get, "more than " + MAX_REDIRECTS + " redirects", null);
  }

  private static URI target(Get get, URI from, HttpAnswer answer) throws RejectedException {
    Optional<String> location = answer.header("Location");
    if (location.isEmpty()) {
      throw badRedirect(get, "a redirect without Location", null);
    }
    try {
      return from.resolve(location.get());
    } catch (IllegalArgumentException e) {
      throw badRedirect(get, "a redirect to no address", e);
    }
  }

  private static RejectedException badRedirect(Get get, String found, @Nullable Exception cause) {
    String message =
        get.doing() + ": found " + found + ", expected content; the registry is set up wrongly";
    return cause == null
        ? new RejectedException(Reason.REGISTRY_UNAVAILABLE, message)
        : new RejectedException(Reason.REGISTRY_UNAVAILABLE, message, cause);
  }

  private static boolean isTooLong(@Nullable Duration askedFor) {
    return askedFor != null && askedFor.compareTo(Backoff.LONGEST_ASKED_FOR) > 0;
  }

  private static UnavailableException unavailable(
      Get get,
      int attempts,
      String found,
      @Nullable IOException cause,
      @Nullable Duration askedFor) {
    return new UnavailableException(
        get.doing()
            + ": found "
            + found
            + " after "
            + attempts
            + (attempts == 1 ? " attempt" : " attempts")
            + ", expected an answer; check that "
            + get.host().scheme()
            + "://"
            + get.host().authority()
            + " is reachable"
            + (get.host().scheme().equals("https")
                ? " (a registry on plain HTTP must be named as insecure)"
                : "")
            + ", or try again later",
        cause,
        askedFor);
  }

  /** The client's connect failures often have no message of their own. */
  private static String describe(IOException e) {
    String name = e.getClass().getSimpleName();
    return e.getMessage() == null ? name : name + " (" + e.getMessage() + ")";
  }
}
