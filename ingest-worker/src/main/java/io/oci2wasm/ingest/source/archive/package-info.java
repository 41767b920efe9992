/** Reads images from tar archives: OCI layouts in a tar, and what {@code docker save} writes. */
@NullMarked
package io.oci2wasm.ingest.source.archive;

import org.jspecify.annotations.NullMarked;
