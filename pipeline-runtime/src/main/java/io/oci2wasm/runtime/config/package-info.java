/** Configuration: one YAML file, overridden by environment variables, mapped to records. */
@NullMarked
package io.oci2wasm.runtime.config;

import org.jspecify.annotations.NullMarked;
