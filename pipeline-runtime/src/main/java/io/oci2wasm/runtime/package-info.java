/** Classes that all parts of the runtime share. */
@NullMarked
package io.oci2wasm.runtime;

import org.jspecify.annotations.NullMarked;
