/**
 * Removes from the object store what is no longer wanted (docs/ARCHITECTURE.md, "Retention"). Knows
 * neither HTTP nor the database: what is known of images comes through {@link
 * io.oci2wasm.gateway.retention.ImageFacts}.
 */
@NullMarked
package io.oci2wasm.gateway.retention;

import org.jspecify.annotations.NullMarked;
