package io.oci2wasm.api.event;

import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.Topics;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A bundle will be removed from the object store, or was found missing. A later {@link BundleBuilt}
 * with its conversion id brings it back. It belongs to no request: every request that had the
 * bundle loses it.
 *
 * @param rule why, e.g. {@code count} (docs/FORMATS.md, "Retention")
 */
public record BundleRemoved(String conversionId, String rule, Instant removedAt)
    implements TopicEvent {
  private static final Pattern CONVERSION_ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern RULE = Pattern.compile("[a-z-]{1,32}");

  public BundleRemoved {
    check("conversionId", conversionId, CONVERSION_ID, "64 hex digits");
    check("rule", rule, RULE, "a word of small letters");
    if (removedAt == null) {
      throw new IllegalArgumentException("removedAt: found none, expected a time");
    }
  }

  private static void check(String member, String value, Pattern pattern, String expected) {
    if (value == null || !pattern.matcher(value).matches()) {
      throw new IllegalArgumentException(
          member + ": found \"" + value + "\", expected " + expected);
    }
  }

  @Override
  public String type() {
    return Topics.BUNDLE_REMOVED;
  }

  @Override
  public String eventId() {
    return conversionId + "/bundle.removed/" + removedAt;
  }

  @Override
  public @Nullable Sha256Digest subject() {
    return null;
  }

  @Override
  public String recordKey() {
    return conversionId;
  }
}
