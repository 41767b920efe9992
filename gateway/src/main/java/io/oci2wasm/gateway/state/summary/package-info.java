/** Everything in numbers. */
@NullMarked
package io.oci2wasm.gateway.state.summary;

import org.jspecify.annotations.NullMarked;
