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
import io.oci2wasm.gateway.identity.RefusedException;
import java.text.ParseException;
import java.util.Set;

/** JWTs (RFC 7519) that one issuer has signed. Thread-safe. */
public final class SignedTokens {
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  /**
   * Those of some kind.
   *
   * @param keys public keys of the issuer
   * @param signatures what is computed: neither "none" nor an HMAC keyed with a public key
   * @param types what the header may say of the token's type; it may say nothing, too
   * @param claims what the token must say
   */
  public SignedTokens(
      JWKSource<SecurityContext> keys,
      Set<JWSAlgorithm> signatures,
      Set<JOSEObjectType> types,
      DefaultJWTClaimsVerifier<SecurityContext> claims) {
    JOSEObjectType[] all = types.toArray(new JOSEObjectType[types.size() + 1]);
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(all));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(signatures, keys));
    processor.setJWTClaimsSetVerifier(claims);
  }

  /**
   * What a token says.
   *
   * @throws RefusedException if it is none of these, or has expired
   * @throws UnavailableException if the issuer's keys cannot be had
   */
  public JWTClaimsSet verified(String token) throws RefusedException, UnavailableException {
    try {
      return processor.process(token, null);
    } catch (RateLimitReachedException e) {
      // A stranger may name any key: that we were asked for new ones too often is no outage.
      throw new RefusedException("found a token with an unknown key", e);
    } catch (KeySourceException e) {
      throw new UnavailableException("keys of the token's issuer: " + e.getMessage(), e);
    } catch (ParseException | BadJOSEException | JOSEException e) {
      throw new RefusedException("found a token that is refused (" + e.getMessage() + ")", e);
    }
  }
}
