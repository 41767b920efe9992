/**
 * Frames: compressed pieces of a layer or of a root filesystem that each stand alone
 * (docs/FORMATS.md, "Frames").
 */
@NullMarked
package io.oci2wasm.converter.frame;

import org.jspecify.annotations.NullMarked;
