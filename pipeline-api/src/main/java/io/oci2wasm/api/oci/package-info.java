/**
 * OCI documents (image-spec 1.1) and their docker counterparts, reduced to what conversion reads.
 */
@NullMarked
package io.oci2wasm.api.oci;

import org.jspecify.annotations.NullMarked;
