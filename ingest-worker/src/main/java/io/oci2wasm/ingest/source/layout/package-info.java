/** Reads images from OCI layouts on disk (image-spec 1.1, image-layout.md). */
@NullMarked
package io.oci2wasm.ingest.source.layout;

import org.jspecify.annotations.NullMarked;
