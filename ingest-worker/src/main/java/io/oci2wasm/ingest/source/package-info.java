/**
 * Where images are read from: one small interface, one package for each kind of place (registry,
 * OCI layout, archives).
 */
@NullMarked
package io.oci2wasm.ingest.source;

import org.jspecify.annotations.NullMarked;
