/** The part that talks to registries: brings images into the object store, and bundles back. */
@NullMarked
package io.oci2wasm.ingest;

import org.jspecify.annotations.NullMarked;
