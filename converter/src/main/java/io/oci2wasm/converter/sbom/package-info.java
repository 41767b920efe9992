/**
 * What is in a bundle, as a bill of materials (CycloneDX): packages that the image's package
 * managers have written down, and the parts of the engine. It does not depend on conversion.
 */
@NullMarked
package io.oci2wasm.converter.sbom;

import org.jspecify.annotations.NullMarked;
