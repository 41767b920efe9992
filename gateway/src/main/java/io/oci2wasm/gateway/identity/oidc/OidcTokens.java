package io.oci2wasm.gateway.identity.oidc;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.Caller;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.Role;
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
  private static final Set<JWSAlgorithm> SIGNATURES =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384);

  private static final String EMAIL = "email";

  /** Some providers write a text (OpenID Connect Core 1.0, section 5.1, has a boolean). */
  private static final String VERIFIED = "email_verified";

  /** A logout token has another one, and lets nobody in. */
  private static final Set<JOSEObjectType> TYPES =
      Set.of(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"));

  private final OidcConfig config;
  private final SignedTokens tokens;

  /** Of tokens that {@code issuer} has signed with one of {@code keys}. */
  OidcTokens(OidcConfig config, String issuer, JWKSource<SecurityContext> keys) {
    this.config = config;
    Set<String> audiences = new HashSet<>();
    Stream.of(config.clientId(), config.audience())
        .filter(Objects::nonNull)
        .forEach(audiences::add);
    this.tokens =
        new SignedTokens(
            keys,
            SIGNATURES,
            TYPES,
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
    return tokens.verified(token);
  }

  /**
   * Who is meant.
   *
   * @throws RefusedException if it has no name, or no role
   */
  Caller caller(JWTClaimsSet claims) throws RefusedException {
    String name = name(claims);
    // Some providers say nothing of it. That is no ground for a role.
    if (config.roleClaim().equals(EMAIL)
        && !"true".equals(String.valueOf(claims.getClaim(VERIFIED)))) {
      throw unverified();
    }
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

  private static RefusedException unverified() {
    return new RefusedException(
        "found an e-mail address that the provider has not verified, expected a verified one");
  }

  private String name(JWTClaimsSet claims) throws RefusedException {
    String claim = config.nameClaim();
    if (claim.equals(EMAIL) && "false".equals(String.valueOf(claims.getClaim(VERIFIED)))) {
      throw unverified();
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
