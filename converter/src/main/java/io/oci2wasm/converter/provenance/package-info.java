/** The provenance of a bundle as an in-toto statement. It does not depend on conversion. */
@NullMarked
package io.oci2wasm.converter.provenance;

import org.jspecify.annotations.NullMarked;
