/** Which workers there are, as they tell it. */
@NullMarked
package io.oci2wasm.gateway.worker;

import org.jspecify.annotations.NullMarked;
