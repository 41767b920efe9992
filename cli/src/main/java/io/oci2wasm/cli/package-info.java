/** The oci2wasm command: its subcommands, options and exit codes. */
@NullMarked
package io.oci2wasm.cli;

import org.jspecify.annotations.NullMarked;
