/** Lists what a registry has, for batches of kind scan. */
@NullMarked
package io.oci2wasm.ingest.scan;

import org.jspecify.annotations.NullMarked;
