/** What the API shows: rebuilt from the topics at start, kept in memory. */
@NullMarked
package io.oci2wasm.gateway.view;

import org.jspecify.annotations.NullMarked;
