/** Copies of the computed tables, which stand for the records that topics have lost. */
@NullMarked
package io.oci2wasm.gateway.state.snapshot;

import org.jspecify.annotations.NullMarked;
