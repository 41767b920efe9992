/**
 * What the parts of the pipeline say to each other: value types, topics, object keys and reasons.
 * Formats are in docs/FORMATS.md.
 */
@NullMarked
package io.oci2wasm.api;

import org.jspecify.annotations.NullMarked;
