package io.oci2wasm.ingest.source.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.IdentityToken;
import io.oci2wasm.ingest.source.registry.CredentialStore.Credential.Password;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.jspecify.annotations.Nullable;

/**
 * Answers a registry's challenges: Basic, or a Bearer token bought at the realm it names (the
 * distribution project's token authentication). Credentials go to the registry itself and to realms
 * that are trusted, to nobody else. Tokens are kept for each scope until shortly before they end.
 */
final class Authenticator {
  private static final int MAX_TOKEN_BYTES = 64 * 1024;

  /** Scopes whose answers are kept; the one used least recently is forgotten first. */
  static final int MAX_KNOWN = 1024;

  /** What a token without {@code expires_in} is good for, by the token specification. */
  private static final long DEFAULT_LIFE_SECONDS = 60;

  /** A token is bought anew at least once a day, whatever it says. */
  private static final long LONGEST_LIFE = TimeUnit.DAYS.toSeconds(1);

  private static final Duration SAFETY = Duration.ofSeconds(10);

  private record Scope(RegistryHost host, TokenScope scope) {}

  private record Authorization(String header, Instant until) {}

  private static final class RecentlyUsed extends LinkedHashMap<Scope, Authorization> {
    private static final long serialVersionUID = 1L;

    RecentlyUsed() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Scope, Authorization> eldest) {
      return size() > MAX_KNOWN;
    }
  }

  private final RegistryAccess access;
  private final OtherHosts otherHosts;
  private final Backoff backoff;
  private final Clock clock;
  private final Map<Scope, Authorization> known = Collections.synchronizedMap(new RecentlyUsed());

  Authenticator(RegistryAccess access, OtherHosts otherHosts, Backoff backoff, Clock clock) {
    this.access = access;
    this.otherHosts = otherHosts;
    this.backoff = backoff;
    this.clock = clock;
  }

  /** The Authorization header that the last challenge for this scope was answered with. */
  Optional<String> known(RegistryHost host, TokenScope scope) {
    Authorization authorization = known.get(new Scope(host, scope));
    return authorization == null || !clock.instant().isBefore(authorization.until())
        ? Optional.empty()
        : Optional.of(authorization.header());
  }

  /**
   * The Authorization header that answers {@code challenges}, or empty if nothing we have does.
   *
   * @throws RejectedException if the realm may not be contacted or refuses us
   * @throws IOException if the realm does not answer
   */
  Optional<String> answer(RegistryHost host, TokenScope scope, List<Challenge> challenges)
      throws RejectedException, IOException {
    Authorization authorization = null;
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer") && challenge.parameters().containsKey("realm")) {
        authorization = buyToken(host, scope, challenge);
        break;
      }
      if (challenge.scheme().equals("basic")) {
        authorization = basic(host);
      }
    }
    if (authorization == null) {
      return Optional.empty();
    }
    known.put(new Scope(host, scope), authorization);
    return Optional.of(authorization.header());
  }

  private @Nullable Authorization basic(RegistryHost host) throws RejectedException, IOException {
    return access
        .credentials()
        .find(host.name())
        .filter(Password.class::isInstance)
        .map(credential -> new Authorization(basicHeader((Password) credential), Instant.MAX))
        .orElse(null);
  }

  private Authorization buyToken(RegistryHost host, TokenScope scope, Challenge challenge)
      throws RejectedException, IOException {
    URI realm = realm(host, challenge);
    Optional<Credential> credential =
        mayHaveCredentials(host, realm) ? access.credentials().find(host.name()) : Optional.empty();
    HttpAnswer answer =
        otherHosts.send(
            host,
            "token realm",
            realm,
            tokenRequest(realm, scope, challenge, credential.orElse(null)));
    if (RegistryErrors.isTransient(answer.status())) {
      Duration askedFor = backoff.retryAfter(answer).orElse(null);
      throw new UnavailableException(
          "token realm " + realm.getHost() + ": " + RegistryErrors.describe(answer),
          null,
          askedFor);
    }
    if (answer.status() != 200) {
      throw new RejectedException(
          Reason.UNAUTHORIZED,
          String.format(
              "asking %s for a token to %s%s: found %s, expected a token; %s",
              realm.getHost(),
              scope.purpose(),
              credential.isPresent() ? "" : " without credentials",
              RegistryErrors.describe(answer),
              advice(host, realm)));
    }
    return readToken(realm, answer);
  }

  private static URI realm(RegistryHost host, Challenge challenge) throws RejectedException {
    String text = String.valueOf(challenge.parameters().get("realm"));
    try {
      URI realm = URI.create(text);
      if (realm.getHost() != null) {
        return realm;
      }
    } catch (IllegalArgumentException e) {
      // Told below, together with one that names no host.
    }
    throw new RejectedException(
        Reason.UNAUTHORIZED,
        String.format(
            "reading the challenge of registry %s: found a realm that is no address of a"
                + " host, expected an https address; the registry is misconfigured",
            host.name()));
  }

  private boolean mayHaveCredentials(RegistryHost host, URI realm) {
    return host.serves(realm) || access.trustsRealm(RegistryHost.authority(realm));
  }

  private String advice(RegistryHost host, URI realm) {
    return mayHaveCredentials(host, realm)
        ? "log in to " + host.name() + " with an account that may"
        : String.format(
            "credentials of %s are not sent to another host unless it is a trusted realm",
            host.name());
  }

  private static HttpUriRequestBase tokenRequest(
      URI realm, TokenScope tokenScope, Challenge challenge, @Nullable Credential credential) {
    String scope = "scope=" + encode(tokenScope.text());
    String service = challenge.parameters().get("service");
    String query = service == null ? scope : "service=" + encode(service) + "&" + scope;
    if (credential instanceof IdentityToken identity) {
      String form =
          "grant_type=refresh_token&client_id=oci2wasm&refresh_token="
              + encode(identity.token())
              + "&"
              + query;
      HttpPost post = new HttpPost(realm);
      post.setEntity(new StringEntity(form, ContentType.APPLICATION_FORM_URLENCODED));
      return post;
    }
    String separator = realm.getRawQuery() == null ? "?" : "&";
    HttpGet request = new HttpGet(URI.create(realm + separator + query));
    if (credential instanceof Password password) {
      request.setHeader("Authorization", basicHeader(password));
    }
    return request;
  }

  private Authorization readToken(URI realm, HttpAnswer answer) throws IOException {
    try (InputStream body = answer.body()) {
      JsonNode json = Json.MAPPER.readTree(body.readNBytes(MAX_TOKEN_BYTES));
      String token = json.path("token").asText(json.path("access_token").asText());
      if (!token.matches("[\\x21-\\x7e]+")) {
        throw new IOException("token realm " + realm.getHost() + ": answered without a token");
      }
      long life =
          Math.max(0, Math.min(json.path("expires_in").asLong(DEFAULT_LIFE_SECONDS), LONGEST_LIFE));
      return new Authorization("Bearer " + token, clock.instant().plusSeconds(life).minus(SAFETY));
    } catch (JsonProcessingException e) {
      // Without its text: it may quote the token.
      throw new IOException("token realm " + realm.getHost() + ": answered without JSON");
    }
  }

  private static String basicHeader(Password password) {
    String pair = password.username() + ":" + password.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8);
  }
}
