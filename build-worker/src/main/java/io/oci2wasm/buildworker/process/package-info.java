/** Processes that a worker starts for what may crash. */
@NullMarked
package io.oci2wasm.buildworker.process;

import org.jspecify.annotations.NullMarked;
