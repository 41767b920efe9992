/** Takes work from share groups: one event in, one outcome out, nothing lost. */
@NullMarked
package io.oci2wasm.runtime.work;

import org.jspecify.annotations.NullMarked;
