/** The pipeline's edge: webhooks in, what is happening out. */
@NullMarked
package io.oci2wasm.gateway;

import org.jspecify.annotations.NullMarked;
