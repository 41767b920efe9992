/**
 * Layers to one file tree: reads layer blobs, keeps each layer once in a packed form, and merges
 * the packed layers of an image. Untrusted bytes enter here.
 */
@NullMarked
package io.oci2wasm.converter.rootfs;

import org.jspecify.annotations.NullMarked;
