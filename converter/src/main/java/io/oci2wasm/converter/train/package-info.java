/** Training logs, and what an engine makes of them (docs/FORMATS.md, "Trained bundles"). */
@NullMarked
package io.oci2wasm.converter.train;

import org.jspecify.annotations.NullMarked;
