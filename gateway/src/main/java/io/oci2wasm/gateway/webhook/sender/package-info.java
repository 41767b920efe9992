/** What each sender sends, copied down to what we read. */
@NullMarked
package io.oci2wasm.gateway.webhook.sender;

import org.jspecify.annotations.NullMarked;
