/** Shows how a conversion gets on: bars on a terminal, plain lines elsewhere. */
@NullMarked
package io.oci2wasm.cli.progress;

import org.jspecify.annotations.NullMarked;
