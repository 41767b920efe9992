/** Runs bundles in this JVM, with run.endive as the WebAssembly engine. */
@NullMarked
package io.oci2wasm.cli.run;

import org.jspecify.annotations.NullMarked;
