/** What retention asks of the database, and the runs that it keeps there. */
@NullMarked
package io.oci2wasm.gateway.state.retention;

import org.jspecify.annotations.NullMarked;
