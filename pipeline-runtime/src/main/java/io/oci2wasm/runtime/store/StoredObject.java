package io.oci2wasm.runtime.store;

import java.time.Instant;

/**
 * An object with its age.
 *
 * @param modified when it was written last, by the store's clock
 */
public record StoredObject(String key, long size, Instant modified) {}
