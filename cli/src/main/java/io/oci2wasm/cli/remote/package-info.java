/** Calls to a running gateway, for the commands that need one. */
@NullMarked
package io.oci2wasm.cli.remote;

import org.jspecify.annotations.NullMarked;
