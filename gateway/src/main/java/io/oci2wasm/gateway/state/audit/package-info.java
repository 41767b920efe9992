/** What callers of the API changed, in the database. */
@NullMarked
package io.oci2wasm.gateway.state.audit;

import org.jspecify.annotations.NullMarked;
