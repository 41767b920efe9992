/**
 * The database with what the API shows: connections, the schema, and how values are bound and read.
 */
@NullMarked
package io.oci2wasm.gateway.state.database;

import org.jspecify.annotations.NullMarked;
