/** The stage that turns one platform manifest into one bundle. */
@NullMarked
package io.oci2wasm.buildworker;

import org.jspecify.annotations.NullMarked;
