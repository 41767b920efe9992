package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.util.Optional;

/** Finds what to present to a registry. */
@FunctionalInterface
public interface CredentialStore {
  /** Everybody is anonymous. */
  CredentialStore NONE = host -> Optional.empty();

  /**
   * The credential for {@code host} ({@code HOST[:PORT]}), or empty for anonymous access.
   *
   * @throws RejectedException if the store is damaged
   * @throws IOException if the store cannot be read
   */
  Optional<Credential> find(String host) throws RejectedException, IOException;

  /** A name with a password, or an identity token that buys access tokens. */
  sealed interface Credential {
    /** Basic authentication (RFC 7617). */
    record Password(String username, String password) implements Credential {
      @Override
      public String toString() {
        return "Password[username=" + username + ", password=hidden]";
      }
    }

    /** An OAuth 2 refresh token, as docker keeps it under {@code identitytoken}. */
    record IdentityToken(String token) implements Credential {
      @Override
      public String toString() {
        return "IdentityToken[hidden]";
      }
    }
  }
}
