package io.oci2wasm.gateway.identity.oidc;

import io.oci2wasm.gateway.identity.Callers;
import org.jspecify.annotations.Nullable;

/**
 * Who may call the API.
 *
 * @param callers by their tokens, the provider's included
 * @param provider where a browser's user gets one; null if there is none
 */
public record Identities(Callers callers, @Nullable OidcProvider provider) {}
