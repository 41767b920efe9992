/** Keeps topics from growing: snapshots of the state, and the removal of what they stand for. */
@NullMarked
package io.oci2wasm.gateway.trim;

import org.jspecify.annotations.NullMarked;
