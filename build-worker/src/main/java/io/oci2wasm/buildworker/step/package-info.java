/** The steps of a build: look for the bundle, convert, publish. */
@NullMarked
package io.oci2wasm.buildworker.step;

import org.jspecify.annotations.NullMarked;
