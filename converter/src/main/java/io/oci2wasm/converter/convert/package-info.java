/**
 * Turns one platform of an image into a bundle, converting each layer once. Start at {@link
 * io.oci2wasm.converter.convert.ImageConverter}.
 */
@NullMarked
package io.oci2wasm.converter.convert;

import org.jspecify.annotations.NullMarked;
