/** What changes, told to those who watch as it happens (server-sent events). */
@NullMarked
package io.oci2wasm.gateway.live;

import org.jspecify.annotations.NullMarked;
