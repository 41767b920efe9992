package io.oci2wasm.gateway.identity.oidc;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.Role;
import io.oci2wasm.gateway.identity.TokenIssuer;
import io.oci2wasm.runtime.config.ConfigException;
import io.oci2wasm.runtime.config.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An OpenID provider: who has its tokens, and how a browser's user gets one (OpenID Connect Core
 * 1.0, section 3.1: the authorisation code flow, with PKCE, RFC 7636). It is asked when somebody
 * needs it, so the gateway starts without it. Thread-safe.
 */
public final class OidcProvider implements TokenIssuer {
  private static final int TIMEOUT_MS = 5_000;
  private static final Duration REST = Duration.ofSeconds(10);
  private static final String CALLBACK = "/api/v1/session/oidc/callback";

  private final OidcConfig config;
  private final Issuer issuer;
  private final ClientID client;
  private final URI dashboard;
  private final @Nullable Secret secret;
  private final Clock clock;
  private volatile @Nullable Known known;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile Instant askAgain = Instant.MIN;

  /**
   * The provider that {@code config} describes.
   *
   * @throws ConfigException if the client's secret cannot be read, or the roles are none
   */
  public OidcProvider(OidcConfig config, Clock clock) {
    checkRoles(config.roles());
    this.config = config;
    this.clock = clock;
    this.issuer = new Issuer(Objects.requireNonNull(config.issuer(), "issuer"));
    this.client = new ClientID(Objects.requireNonNull(config.clientId(), "clientId"));
    this.dashboard = Objects.requireNonNull(config.url(), "url");
    this.secret =
        config.clientSecretFile() == null
            ? null
            : new Secret(SecretFile.read(config.clientSecretFile()));
  }

  private static void checkRoles(Map<String, String> roles) {
    if (roles.isEmpty()) {
      throw new ConfigException(
          "gateway.oidc.roles: found none, expected one or more; without nobody is let in");
    }
    try {
      roles.values().forEach(Role::parse);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("gateway.oidc.roles: " + e.getMessage(), e);
    }
  }

  /** What the provider tells of itself. */
  private record Known(OIDCProviderMetadata metadata, OidcTokens tokens) {}

  /**
   * What a browser keeps while its user is at the provider, and brings back.
   *
   * @param state tells that the answer is to a question of this browser
   * @param nonce tells that the token is
   * @param verifier shows that who asked for the code is who brings it
   */
  public record Attempt(String state, String nonce, String verifier) {
    /**
     * What a browser brings may be anything.
     *
     * @throws IllegalArgumentException if it is no attempt
     */
    public Attempt {
      if (state == null || nonce == null || verifier == null) {
        throw new IllegalArgumentException("found no attempt to sign in");
      }
      var unused = new CodeVerifier(verifier);
    }
  }

  /** A user who has signed in. */
  public record SignedIn(Caller caller, String token) {}

  /** An attempt, and where it goes on. */
  public record Beginning(URI where, Attempt attempt) {}

  /** What the dashboard calls the provider. */
  public String name() {
    return config.name();
  }

  /** Where browsers reach the dashboard. */
  public URI dashboard() {
    return dashboard;
  }

  @Override
  public Caller caller(String token) throws RefusedException, UnavailableException {
    OidcTokens tokens = known().tokens();
    return tokens.caller(tokens.verified(token));
  }

  /**
   * Begins to sign a browser's user in.
   *
   * @throws UnavailableException if the provider does not answer
   */
  public Beginning begin() throws UnavailableException {
    State state = new State();
    Nonce nonce = new Nonce();
    CodeVerifier verifier = new CodeVerifier();
    Scope scope = new Scope("openid");
    config.scopes().forEach(scope::add);
    URI where =
        new AuthenticationRequest.Builder(ResponseType.CODE, scope, client, callback())
            .endpointURI(known().metadata().getAuthorizationEndpointURI())
            .state(state)
            .nonce(nonce)
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .build()
            .toURI();
    return new Beginning(
        where, new Attempt(state.getValue(), nonce.getValue(), verifier.getValue()));
  }

  /**
   * Signs in a user who comes back.
   *
   * @param answer the query with which the provider sent the browser back
   * @throws RefusedException if the provider refused, the answer is not to this attempt, or the
   *     user has no role
   * @throws UnavailableException if the provider does not answer
   */
  public SignedIn finish(Attempt attempt, Map<String, List<String>> answer)
      throws RefusedException, UnavailableException {
    AuthorizationCode code = code(attempt, answer);
    AuthorizationCodeGrant grant =
        new AuthorizationCodeGrant(code, callback(), new CodeVerifier(attempt.verifier()));
    URI endpoint = known().metadata().getTokenEndpointURI();
    TokenRequest.Builder request =
        secret == null
            ? new TokenRequest.Builder(endpoint, client, grant)
            : new TokenRequest.Builder(endpoint, new ClientSecretBasic(client, secret), grant);
    String token = token(request.build());
    OidcTokens tokens = known().tokens();
    JWTClaimsSet claims = tokens.verified(token);
    if (!attempt.nonce().equals(claims.getClaim("nonce"))) {
      throw new RefusedException("found a token of another attempt to sign in; try again");
    }
    return new SignedIn(tokens.caller(claims), token);
  }

  private AuthorizationCode code(Attempt attempt, Map<String, List<String>> answer)
      throws RefusedException {
    try {
      AuthenticationResponse response = AuthenticationResponseParser.parse(callback(), answer);
      if (response.getState() == null || !attempt.state().equals(response.getState().getValue())) {
        throw new RefusedException("found the answer to another attempt to sign in; try again");
      }
      if (!response.indicatesSuccess()) {
        throw refused(response.toErrorResponse().getErrorObject());
      }
      AuthorizationCode code = response.toSuccessResponse().getAuthorizationCode();
      if (code == null) {
        throw new RefusedException("found no code in the provider's answer");
      }
      return code;
    } catch (ParseException e) {
      throw new RefusedException("found no answer of the provider (" + e.getMessage() + ")", e);
    }
  }

  private static String token(TokenRequest request) throws RefusedException, UnavailableException {
    try {
      TokenResponse response =
          OIDCTokenResponseParser.parse(configured(request.toHTTPRequest()).send());
      if (!response.indicatesSuccess()) {
        throw refused(response.toErrorResponse().getErrorObject());
      }
      return ((OIDCTokenResponse) response.toSuccessResponse()).getOIDCTokens().getIDTokenString();
    } catch (ParseException e) {
      throw new RefusedException(
          "found no ID token in the provider's answer (" + e.getMessage() + ")", e);
    } catch (IOException e) {
      throw new UnavailableException("the OpenID provider's token endpoint: " + e.getMessage(), e);
    }
  }

  private static RefusedException refused(ErrorObject error) {
    return new RefusedException(
        String.format(
            "the provider refused: %s%s",
            error.getCode(),
            error.getDescription() == null ? "" : " (" + error.getDescription() + ")"));
  }

  private Known known() throws UnavailableException {
    Known now = known;
    return now == null ? ask() : now;
  }

  /** While the provider is away, one request waits for it now and then; others wait a second. */
  private Known ask() throws UnavailableException {
    if (clock.instant().isBefore(askAgain) || !begun()) {
      throw new UnavailableException("gateway.oidc.issuer: " + issuer + " did not answer", null);
    }
    try {
      Known now = known;
      if (now == null) {
        now = discovered();
        known = now;
      }
      return now;
    } catch (UnavailableException e) {
      askAgain = clock.instant().plus(REST);
      throw e;
    } finally {
      asking.unlock();
    }
  }

  private boolean begun() throws UnavailableException {
    try {
      return asking.tryLock(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("gateway.oidc.issuer: interrupted", e);
    }
  }

  private Known discovered() throws UnavailableException {
    try {
      OIDCProviderMetadata metadata =
          OIDCProviderMetadata.resolve(issuer, OidcProvider::configured);
      return new Known(
          metadata,
          new OidcTokens(config, issuer.getValue(), IssuerKeys.fromUrl(metadata.getJWKSetURI())));
    } catch (GeneralException | IOException e) {
      throw new UnavailableException(
          "gateway.oidc.issuer: " + issuer + " does not tell of itself: " + e.getMessage(), e);
    }
  }

  /** A redirect would let who answers choose whom we contact. */
  private static HTTPRequest configured(HTTPRequest request) {
    request.setConnectTimeout(TIMEOUT_MS);
    request.setReadTimeout(TIMEOUT_MS);
    request.setFollowRedirects(false);
    return request;
  }

  private URI callback() {
    String base = dashboard.toString();
    return URI.create(
        (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + CALLBACK);
  }
}
