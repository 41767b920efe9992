/** What the API shows: computed from the topics, kept in a database. */
@NullMarked
package io.oci2wasm.gateway.view;

import org.jspecify.annotations.NullMarked;
