package io.oci2wasm.runtime.store;

import java.time.Instant;

/** A multipart upload that was begun and neither completed nor given up; its parts cost space. */
public record StartedUpload(String key, String id, Instant started) {}
