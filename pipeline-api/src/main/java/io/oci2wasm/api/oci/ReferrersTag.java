package io.oci2wasm.api.oci;

import io.oci2wasm.api.Sha256Digest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tag under which a registry without referrers API keeps the index of what names a manifest as
 * its subject (distribution-spec 1.1, "Referrers Tag Schema"): {@code sha256-<64 hex>}.
 */
public final class ReferrersTag {
  /** Cosign appends {@code .sig}, {@code .att} and {@code .sbom} to the same form. */
  private static final Pattern ATTACHED = Pattern.compile("sha(?:256|512)-[0-9a-f]{64}.*");

  private ReferrersTag() {}

  public static String of(Sha256Digest subject) {
    return "sha256-" + subject.hex();
  }

  /**
   * Whether {@code tag} names what belongs to another image instead of being one: such an index, or
   * cosign's signatures, attestations and bills of materials.
   */
  public static boolean isAttached(@Nullable String tag) {
    return tag != null && ATTACHED.matcher(tag).matches();
  }
}
