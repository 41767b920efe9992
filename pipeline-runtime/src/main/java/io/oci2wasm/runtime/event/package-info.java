/** Events as CloudEvents in Kafka: writing, reading, and their topics. */
@NullMarked
package io.oci2wasm.runtime.event;

import org.jspecify.annotations.NullMarked;
