/**
 * The data of the pipeline's events, one record each. Shapes are in docs/FORMATS.md, section
 * Events.
 */
@NullMarked
package io.oci2wasm.api.event;

import org.jspecify.annotations.NullMarked;
