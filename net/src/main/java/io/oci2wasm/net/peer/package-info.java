/** The owner of the sockets of one guest. */
@NullMarked
package io.oci2wasm.net.peer;

import org.jspecify.annotations.NullMarked;
