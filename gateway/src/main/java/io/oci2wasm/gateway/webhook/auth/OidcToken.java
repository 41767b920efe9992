package io.oci2wasm.gateway.webhook.auth;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import io.oci2wasm.api.UnavailableException;
import io.oci2wasm.gateway.identity.RefusedException;
import io.oci2wasm.gateway.identity.oidc.SignedTokens;
import io.oci2wasm.gateway.webhook.message.WebhookRequest;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An OpenID Connect token as {@code Authorization: Bearer JWT}, as Google's Pub/Sub sends it with a
 * push (OpenID Connect Core 1.0, section 3.1.3.7). Signature, issuer, audience and expiry are not
 * enough: anyone may let Google sign a token for any audience, so the account it is for counts too.
 */
public final class OidcToken implements Authentication {
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +(\\S+) *");

  private final SignedTokens tokens;

  /**
   * Admits tokens of one account.
   *
   * @param keys public keys of the issuer
   * @param account its verified e-mail address
   */
  public OidcToken(
      JWKSource<SecurityContext> keys, String issuer, String audience, String account) {
    this.tokens =
        new SignedTokens(
            keys,
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256),
            Set.of(JOSEObjectType.JWT),
            new DefaultJWTClaimsVerifier<>(
                audience,
                new JWTClaimsSet.Builder()
                    .issuer(issuer)
                    .claim("email", account)
                    .claim("email_verified", true)
                    .build(),
                Set.of("exp", "iat")));
  }

  @Override
  public boolean admits(WebhookRequest request) throws UnavailableException {
    String header = request.header("Authorization");
    Matcher bearer = BEARER.matcher(header == null ? "" : header);
    if (!bearer.matches()) {
      return false;
    }
    try {
      return tokens.verified(bearer.group(1)) != null;
    } catch (RefusedException e) {
      return false;
    }
  }

  @Override
  public String expected() {
    return "a token of the configured account and audience as Authorization: Bearer JWT";
  }
}
