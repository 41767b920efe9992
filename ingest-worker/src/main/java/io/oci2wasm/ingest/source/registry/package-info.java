/**
 * Reads images from registries (distribution-spec 1.1, "Pull"): {@link
 * io.oci2wasm.ingest.source.registry.RegistryClient} is shared by all images, {@link
 * io.oci2wasm.ingest.source.registry.RegistrySource} is one of them.
 */
@NullMarked
package io.oci2wasm.ingest.source.registry;

import org.jspecify.annotations.NullMarked;
