package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.api.event.WorkerSeen;
import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends requests to a registry: with authentication, redirects by our rules, and retries. */
final class RegistryTransport {
  private static final Logger LOGGER = LoggerFactory.getLogger(RegistryTransport.class);
  private static final int MAX_REDIRECTS = 5;

  /** As the Java runtime says it. */
  private static final String READ_TIMED_OUT = "Read timed out";

  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /**
   * What is asked for.
   *
   * @param doing action and object, for messages
   * @param content what is sent; one that is not repeatable is sent once
   */
  record Query(
      String method,
      RegistryHost host,
      TokenScope scope,
      URI uri,
      Map<String, String> headers,
      String doing,
      @Nullable HttpEntity content) {
    Query {
      headers = Map.copyOf(headers);
    }

    static Query get(
        RegistryHost host, TokenScope scope, URI uri, Map<String, String> headers, String doing) {
      return new Query("GET", host, scope, uri, headers, doing, null);
    }

    static Query head(
        RegistryHost host, TokenScope scope, URI uri, Map<String, String> headers, String doing) {
      return new Query("HEAD", host, scope, uri, headers, doing, null);
    }

    /** Whether it only asks: redirects are followed then, and the answer is content. */
    boolean reads() {
      return method.equals("GET") || method.equals("HEAD");
    }

    boolean isAnsweredBy(int status) {
      return reads() ? status == 200 || status == 206 : status >= 200 && status < 300;
    }

    boolean mayRepeat() {
      return content == null || content.isRepeatable();
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
   * The answer to {@code query} if it is 200 or 206, or any 2xx where something is sent; the caller
   * closes the body.
   *
   * @throws RejectedException if the registry, or a rule of ours, refuses
   * @throws UnavailableException if it did not answer in spite of retries, or asks us to wait long
   */
  HttpAnswer send(Query query) throws RejectedException, IOException {
    checkAllowed(query.host(), query.doing());
    for (int attempt = 1; ; attempt++) {
      String found;
      IOException cause = null;
      Duration askedFor = null;
      try {
        HttpAnswer answer = limits(query.host()).send(() -> authenticated(query));
        int status = answer.status();
        if (query.isAnsweredBy(status)) {
          return answer;
        }
        if (!RegistryErrors.isTransient(status)) {
          throw query.reads()
              ? RegistryErrors.rejection(query.doing(), answer)
              : RegistryErrors.refusedPush(query.doing(), answer);
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
      if (askedFor != null) {
        limits(query.host()).askedToWait(backoff.now().plus(askedFor));
      }
      if (attempt >= access.attempts()
          || !query.mayRepeat()
          || isTooLong(askedFor)
          || cause instanceof SlowRegistryException
          || speaksPlainHttp(cause)
          || isUntrusted(cause)) {
        throw unavailable(query, attempt, found, cause, askedFor);
      }
      LOGGER
          .atWarn()
          .addKeyValue("registry", query.host().name())
          .addKeyValue("attempt", attempt)
          .addKeyValue("error", found)
          .log("Registry did not answer, trying again");
      backoff.pause(attempt, askedFor);
    }
  }

  /**
   * Refuses registries that are not to be contacted.
   *
   * @throws RejectedException {@link Reason#REGISTRY_NOT_ALLOWED}
   */
  void checkAllowed(RegistryHost host, String doing) throws RejectedException {
    if (!access.isAllowed(host.name())) {
      throw new RejectedException(
          Reason.REGISTRY_NOT_ALLOWED,
          String.format(
              "%s: found registry %s, expected one that is allowed; allow it by name if it"
                  + " is meant",
              doing, host.name()));
    }
  }

  /** The registries that are named to be asked, in order, and what is asked of them now. */
  List<WorkerSeen.Registry> seen() {
    Instant now = backoff.now();
    return access.named().map(name -> limits(name).seen(name, now)).toList();
  }

  private HostLimits limits(RegistryHost host) {
    return limits(host.name());
  }

  private HostLimits limits(String host) {
    return limits.computeIfAbsent(
        host, name -> new HostLimits(access.limits(name), backoff.sleeper()));
  }

  private HttpAnswer authenticated(Query query) throws RejectedException, IOException {
    Optional<String> known = authenticator.known(query.host(), query.scope());
    Landing landing = follow(query, known.orElse(null));
    HttpAnswer answer = landing.answer();
    if (answer.status() != 401 || !query.host().serves(landing.uri())) {
      return answer;
    }
    Optional<String> authorization =
        authenticator.answer(
            query.host(), query.scope(), Challenge.parseAll(answer.headers("WWW-Authenticate")));
    if (authorization.isEmpty()) {
      return answer;
    }
    answer.body().close();
    return follow(query, authorization.get()).answer();
  }

  private Landing follow(Query query, @Nullable String authorization)
      throws RejectedException, IOException {
    URI uri = query.uri();
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpUriRequestBase request = new HttpUriRequestBase(query.method(), uri);
      query.headers().forEach(request::setHeader);
      if (authorization != null && query.host().serves(uri)) {
        request.setHeader("Authorization", authorization);
      }
      if (query.content() != null) {
        request.setEntity(limits(query.host()).paced(query.content()));
      }
      HttpAnswer answer = otherHosts.send(query.host(), "redirect", uri, request);
      if (!query.reads() || !REDIRECTS.contains(answer.status())) {
        return new Landing(uri, answer);
      }
      answer.body().close();
      uri = target(query, uri, answer);
    }
    throw badRedirect(query, "more than " + MAX_REDIRECTS + " redirects", null);
  }

  private static URI target(Query query, URI from, HttpAnswer answer) throws RejectedException {
    Optional<String> location = answer.header("Location");
    if (location.isEmpty()) {
      throw badRedirect(query, "a redirect without Location", null);
    }
    try {
      return from.resolve(location.get());
    } catch (IllegalArgumentException e) {
      throw badRedirect(query, "a redirect to an invalid address", e);
    }
  }

  private static RejectedException badRedirect(
      Query query, String found, @Nullable Exception cause) {
    String message =
        query.doing() + ": found " + found + ", expected content; the registry is misconfigured";
    return new RejectedException(Reason.REGISTRY_UNAVAILABLE, message, cause);
  }

  private static boolean isTooLong(@Nullable Duration askedFor) {
    return askedFor != null && askedFor.compareTo(Backoff.LONGEST_ASKED_FOR) > 0;
  }

  private static UnavailableException unavailable(
      Query query,
      int attempts,
      String found,
      @Nullable IOException cause,
      @Nullable Duration askedFor) {
    return new UnavailableException(
        String.format(
            "%s: found %s after %s%s, expected an answer; %s",
            query.doing(),
            found,
            attempts,
            attempts == 1 ? " attempt" : " attempts",
            hint(query.host(), cause)),
        cause,
        askedFor);
  }

  private static String hint(RegistryHost host, @Nullable IOException cause) {
    if (isUntrusted(cause)) {
      return "trust the authority of its certificate if it is meant";
    }
    String insecure =
        "a registry on plain HTTP must be named: --insecure-registry %s, or registries.insecure"
            .formatted(host.authority());
    if (speaksPlainHttp(cause)) {
      return insecure;
    }
    return String.format(
        "check that %s://%s is reachable%s, or try again later",
        host.scheme(),
        host.authority(),
        host.scheme().equals("https") ? " (" + insecure + ")" : "");
  }

  /** Java's TLS has no type of its own for it. */
  private static boolean speaksPlainHttp(@Nullable IOException e) {
    return e instanceof SSLException
        && String.valueOf(e.getMessage()).startsWith("Unsupported or unrecognized SSL message");
  }

  /** A handshake that only broke off may succeed the next time. */
  private static boolean isUntrusted(@Nullable IOException e) {
    return e instanceof SSLPeerUnverifiedException
        || (e instanceof SSLHandshakeException && e.getCause() instanceof CertificateException);
  }

  private static String describe(IOException e) {
    if (speaksPlainHttp(e)) {
      return "an answer that is not TLS";
    }
    if (e instanceof UnknownHostException && !(e instanceof InternalAddressException)) {
      return "no address of that name";
    }
    if (READ_TIMED_OUT.equals(e.getMessage())) {
      return "no answer in time";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
