/** The S3-compatible object store. */
@NullMarked
package io.oci2wasm.runtime.store;

import org.jspecify.annotations.NullMarked;
