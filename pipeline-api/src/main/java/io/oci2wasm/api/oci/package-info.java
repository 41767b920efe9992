/**
 * OCI documents (image-spec 1.1) and their docker counterparts, copied down to what conversion
 * reads.
 */
@NullMarked
package io.oci2wasm.api.oci;

import org.jspecify.annotations.NullMarked;
