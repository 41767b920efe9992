/** The stage that brings an image's documents and blobs into the object store. */
@NullMarked
package io.oci2wasm.ingest;

import org.jspecify.annotations.NullMarked;
