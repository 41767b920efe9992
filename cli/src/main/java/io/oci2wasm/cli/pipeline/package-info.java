/** The whole pipeline in one process, and its parts as processes of their own. */
@NullMarked
package io.oci2wasm.cli.pipeline;

import org.jspecify.annotations.NullMarked;
