/**
 * Value types, topics, object keys and reasons that all parts of the pipeline share. Formats are in
 * docs/FORMATS.md.
 */
@NullMarked
package io.oci2wasm.api;

import org.jspecify.annotations.NullMarked;
