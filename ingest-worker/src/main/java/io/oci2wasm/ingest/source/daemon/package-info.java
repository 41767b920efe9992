/** Reads images out of a docker engine on this machine. */
@NullMarked
package io.oci2wasm.ingest.source.daemon;

import org.jspecify.annotations.NullMarked;
