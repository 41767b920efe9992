/** The state that the API shows: computed from the topics, stored in a database. */
@NullMarked
package io.oci2wasm.gateway.view;

import org.jspecify.annotations.NullMarked;
