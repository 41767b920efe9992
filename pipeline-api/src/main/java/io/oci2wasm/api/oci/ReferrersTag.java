package io.oci2wasm.api.oci;

import io.oci2wasm.api.Sha256Digest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tag under which a registry without referrers API keeps the index of what names a manifest as
 * its subject (distribution-spec 1.1, "Referrers Tag Schema"): {@code sha256-<64 hex>}.
 */
public final class ReferrersTag {
  private static final Pattern FORM = Pattern.compile("sha256-[0-9a-f]{64}");

  private ReferrersTag() {}

  public static String of(Sha256Digest subject) {
    return "sha256-" + subject.hex();
  }

  /** Whether {@code tag} names such an index, which is no image. */
  public static boolean matches(@Nullable String tag) {
    return tag != null && FORM.matcher(tag).matches();
  }
}
