/** Requests, their conversions and the bundles that came of them. */
@NullMarked
package io.oci2wasm.gateway.state.conversion;

import org.jspecify.annotations.NullMarked;
