/**
 * Batches: many images converted in the bulk lane. Lists them, starts them bit by bit, pauses and
 * cancels.
 */
@NullMarked
package io.oci2wasm.gateway.batch;

import org.jspecify.annotations.NullMarked;
