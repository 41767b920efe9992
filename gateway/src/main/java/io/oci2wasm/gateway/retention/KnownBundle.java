package io.oci2wasm.gateway.retention;

import io.oci2wasm.api.Sha256Digest;
import java.time.Instant;

/**
 * A bundle that was announced.
 *
 * @param manifest the platform manifest that was converted
 * @param announced when it was announced last
 */
public record KnownBundle(String conversionId, Sha256Digest manifest, Instant announced) {}
