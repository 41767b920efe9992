/** Who calls the API, and what each caller may do. */
@NullMarked
package io.oci2wasm.gateway.identity;

import org.jspecify.annotations.NullMarked;
