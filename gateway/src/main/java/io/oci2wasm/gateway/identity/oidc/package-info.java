/** Callers whom an OpenID provider knows. */
@NullMarked
package io.oci2wasm.gateway.identity.oidc;

import org.jspecify.annotations.NullMarked;
