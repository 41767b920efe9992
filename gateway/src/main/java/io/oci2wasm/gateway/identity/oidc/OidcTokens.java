package io.oci2wasm.gateway.identity.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.Role;
import java.text.ParseException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tells callers by tokens that a provider has signed: ID tokens (OpenID Connect Core 1.0, section
 * 2) and access tokens that are JWTs (RFC 9068). Thread-safe.
 */
final class OidcTokens {
  /** Neither "none" nor an HMAC keyed with a public key. */
  private static final Set<JWSAlgorithm> SIGNATURES =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384);

  private final OidcConfig config;
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  /** Of tokens that {@code issuer} has signed with one of {@code keys}. */
  OidcTokens(OidcConfig config, String issuer, JWKSource<SecurityContext> keys) {
    this.config = config;
    // A logout token has a type of its own, and lets nobody in.
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(SIGNATURES, keys));
    Set<String> audiences = new HashSet<>();
    Stream.of(config.clientId(), config.audience())
        .filter(Objects::nonNull)
        .forEach(audiences::add);
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            audiences,
            new JWTClaimsSet.Builder().issuer(issuer).build(),
            Set.of("exp", "iat", "sub"),
            Set.of()));
  }

  /**
   * What a token says, if the provider has signed it for us and it has not expired.
   *
   * @throws RefusedException if not
   * @throws UnavailableException if the provider's keys cannot be had
   */
  JWTClaimsSet verified(String token) throws RefusedException, UnavailableException {
    try {
      return processor.process(token, null);
    } catch (RateLimitReachedException e) {
      // A stranger may name any key: that we were asked for new ones too often is no outage.
      throw new RefusedException("found a token with an unknown key", e);
    } catch (KeySourceException e) {
      throw new UnavailableException("keys of the OpenID provider: " + e.getMessage(), e);
    } catch (ParseException | BadJOSEException | JOSEException e) {
      throw new RefusedException("found a token that is refused (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Who is meant.
   *
   * @throws RefusedException if it has no name, or no role
   */
  Caller caller(JWTClaimsSet claims) throws RefusedException {
    String name = name(claims);
    Role role =
        texts(claim(claims, config.roleClaim()))
            .map(config.roles()::get)
            .filter(Objects::nonNull)
            .map(Role::parse)
            .max(Role::compareTo)
            .orElseThrow(
                () ->
                    new RefusedException(
                        String.format(
                            "found %s, whose claim %s has none of the values in"
                                + " gateway.oidc.roles",
                            name, config.roleClaim())));
    return new Caller(name, role);
  }

  private String name(JWTClaimsSet claims) throws RefusedException {
    String claim = config.nameClaim();
    if (claim.equals("email") && Boolean.FALSE.equals(claims.getClaim("email_verified"))) {
      throw new RefusedException("found an e-mail address that the provider has not verified");
    }
    Object value = claim(claims, claim);
    if (!(value instanceof String name) || !Caller.isName(name)) {
      throw new RefusedException(
          String.format(
              "found %s in the claim %s, expected %s",
              value == null ? "nothing" : "\"" + value + "\"", claim, Caller.EXPECTED_NAME));
    }
    return name;
  }

  /** A claim by its name, or a member of one that is an object. */
  private static @Nullable Object claim(JWTClaimsSet claims, String path) {
    Object value = claims.getClaim(path);
    List<String> names = List.of(path.split("\\.", -1));
    if (value != null || names.size() == 1) {
      return value;
    }
    value = claims.getClaim(names.get(0));
    for (String name : names.subList(1, names.size())) {
      value = value instanceof Map<?, ?> members ? members.get(name) : null;
    }
    return value;
  }

  private static Stream<String> texts(@Nullable Object value) {
    Collection<?> all =
        value instanceof Collection<?> many ? many : Optional.ofNullable(value).stream().toList();
    return all.stream().filter(String.class::isInstance).map(String.class::cast);
  }
}
