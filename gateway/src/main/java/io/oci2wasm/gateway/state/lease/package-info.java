/** Who does alone, for a while, what one of several gateways shall do. */
@NullMarked
package io.oci2wasm.gateway.state.lease;

import org.jspecify.annotations.NullMarked;
