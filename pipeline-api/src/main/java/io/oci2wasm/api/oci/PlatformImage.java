package io.oci2wasm.api.oci;

import io.oci2wasm.api.Platform;

/** One platform of an image: what a conversion starts from. */
public record PlatformImage(
    Platform platform, Descriptor descriptor, ImageManifest manifest, ImageConfig config) {}
