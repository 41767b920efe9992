/** Brings bundles back to the registries that their images came from. */
@NullMarked
package io.oci2wasm.ingest.delivery;

import org.jspecify.annotations.NullMarked;
