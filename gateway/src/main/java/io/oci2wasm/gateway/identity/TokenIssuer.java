package io.oci2wasm.gateway.identity;

import io.oci2wasm.api.UnavailableException;

/** Somebody else who gives callers tokens. */
public interface TokenIssuer {
  /**
   * Who has this token.
   *
   * @throws RefusedException if it is none of this issuer's for us, has expired, or gives no role
   * @throws UnavailableException if the issuer is needed and does not answer
   */
  Caller caller(String token) throws RefusedException, UnavailableException;
}
