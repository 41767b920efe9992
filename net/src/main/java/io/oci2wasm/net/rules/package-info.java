/** Who may be reached, and which ports are published. */
@NullMarked
package io.oci2wasm.net.rules;

import org.jspecify.annotations.NullMarked;
