/**
 * Puts a bundle together: engine, launch description and root filesystem in one WebAssembly module
 * (docs/FORMATS.md, "The bundle").
 */
@NullMarked
package io.oci2wasm.converter.bundle;

import org.jspecify.annotations.NullMarked;
