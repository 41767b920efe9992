/**
 * Reads and writes WebAssembly modules section by section (WebAssembly core specification 2.0,
 * section 5, "Binary format").
 */
@NullMarked
package io.oci2wasm.converter.wasm;

import org.jspecify.annotations.NullMarked;
