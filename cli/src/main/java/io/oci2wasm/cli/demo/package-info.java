/** The demo: the whole pipeline on a sample image, from a push to the container's output. */
@NullMarked
package io.oci2wasm.cli.demo;

import org.jspecify.annotations.NullMarked;
