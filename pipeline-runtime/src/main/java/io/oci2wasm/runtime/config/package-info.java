/** Configuration: one YAML file, environment variables above it, mapped to records. */
@NullMarked
package io.oci2wasm.runtime.config;

import org.jspecify.annotations.NullMarked;
