/** Kafka and S3 as servers of this process, for one machine: the real ones, not imitations. */
@NullMarked
package io.oci2wasm.embedded;

import org.jspecify.annotations.NullMarked;
