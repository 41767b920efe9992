/** Events as CloudEvents in Kafka: writing, reading, and the topics they lie in. */
@NullMarked
package io.oci2wasm.runtime.event;

import org.jspecify.annotations.NullMarked;
