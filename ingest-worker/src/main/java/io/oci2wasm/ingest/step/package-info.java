/** The steps of ingest: documents, then each platform's layers, all verified. */
@NullMarked
package io.oci2wasm.ingest.step;

import org.jspecify.annotations.NullMarked;
