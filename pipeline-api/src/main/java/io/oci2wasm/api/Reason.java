package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Why a conversion was skipped or failed (docs/FORMATS.md, "Reasons"). */
public enum Reason {
  NO_ENGINE,
  EXCLUDED,
  ATTESTATION,
  NOT_AN_IMAGE,
  /** Only of trainings: nothing is worth a translation. */
  NOTHING_HOT,
  UNSUPPORTED_MEDIA_TYPE,
  MANIFEST_INVALID,
  MANIFEST_TOO_LARGE,
  INDEX_TOO_DEEP,
  NO_PLATFORM,
  DIGEST_MISMATCH,
  DIFF_ID_MISMATCH,
  LAYER_CORRUPT,
  LAYER_REFUSED,
  NOT_FOUND,
  UNAUTHORIZED,
  REGISTRY_NOT_ALLOWED,
  REGISTRY_UNTRUSTED,
  REGISTRY_UNAVAILABLE,
  /** Only of deliveries: the registry takes no such artifact. */
  PUSH_REFUSED,
  /** Only of deliveries: the signer gave no signature in spite of retries. */
  SIGNER_UNAVAILABLE,
  /** Only of subscribers: it will never take this event. */
  SUBSCRIBER_REFUSED,
  /** Only of subscribers: it took no event in spite of retries. */
  SUBSCRIBER_UNAVAILABLE,
  STORE_UNAVAILABLE,
  /** Asking the object store again is of no use. */
  STORE_REFUSED,
  BUNDLE_TOO_LARGE,
  TIME_LIMIT,
  SCRATCH_LIMIT,
  /** Only of trainings: a run needed more memory than it was given. */
  MEMORY_LIMIT,
  /** Only of trainings: a run crashed, or recorded nothing. */
  TRAINING_FAILED,
  /** A training log that is damaged, or of another engine. */
  LOG_REFUSED,
  INTERNAL,
  /** Only of dead letters: nobody can say which request such a record belongs to. */
  UNREADABLE,
  /** Only of dead letters: a later version wrote it, and one that reads it replays it by itself. */
  NEWER_VERSION;

  /** Whether there is nothing to convert, and that is right. */
  public boolean isSkip() {
    return this == NO_ENGINE
        || this == EXCLUDED
        || this == ATTESTATION
        || this == NOT_AN_IMAGE
        || this == NOTHING_HOT;
  }

  /** The word used in JSON, topics and metrics, e.g. {@code no-engine}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
