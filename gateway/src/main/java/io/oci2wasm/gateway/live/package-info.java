/** Sends changes to clients as they happen (server-sent events). */
@NullMarked
package io.oci2wasm.gateway.live;

import org.jspecify.annotations.NullMarked;
