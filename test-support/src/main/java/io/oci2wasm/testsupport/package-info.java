/** What the tests of several modules need: no production code uses it. */
@NullMarked
package io.oci2wasm.testsupport;

import org.jspecify.annotations.NullMarked;
