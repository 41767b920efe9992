/** What went into a bundle and who made it, as an in-toto statement. Knows no conversion. */
@NullMarked
package io.oci2wasm.converter.provenance;

import org.jspecify.annotations.NullMarked;
