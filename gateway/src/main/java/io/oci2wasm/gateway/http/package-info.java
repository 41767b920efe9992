/** The HTTP server: routes, authentication, problems. */
@NullMarked
package io.oci2wasm.gateway.http;

import org.jspecify.annotations.NullMarked;
