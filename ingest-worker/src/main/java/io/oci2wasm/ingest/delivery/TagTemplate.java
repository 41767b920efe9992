package io.oci2wasm.ingest.delivery;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.ReferrersTag;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the tag of a delivered bundle follows from its image's (docs/FORMATS.md, "Delivery to
 * registries").
 */
public record TagTemplate(String text) {
  private static final String TAG = "{tag}";
  private static final String PLATFORM = "{platform}";
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{[^{}]*}");

  public TagTemplate {
    Matcher placeholder = PLACEHOLDER.matcher(text);
    while (placeholder.find()) {
      if (!placeholder.group().equals(TAG) && !placeholder.group().equals(PLATFORM)) {
        throw new IllegalArgumentException(
            String.format(
                "tag: found the placeholder %s in \"%s\", expected {tag} or {platform}",
                placeholder.group(), text));
      }
    }
    if (!text.contains(TAG) || text.equals(TAG)) {
      throw new IllegalArgumentException(
          String.format(
              "tag: found \"%s\", expected {tag} and something beside it, as in {tag}-wasm: the"
                  + " image's own tag is never overwritten",
              text));
    }
    if (!ImageReference.isTag(text.replace(TAG, "t").replace(PLATFORM, "p"))) {
      throw new IllegalArgumentException(
          String.format(
              "tag: found \"%s\", expected letters, digits and _ . - beside the placeholders, and"
                  + " neither . nor - at the begin",
              text));
    }
  }

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException if it gives no tags, or has unknown placeholders
   */
  @JsonCreator
  public static TagTemplate parse(String text) {
    return new TagTemplate(text);
  }

  /** Whether the bundles of one image have different tags. */
  boolean namesPlatforms() {
    return text.contains(PLATFORM);
  }

  /**
   * The tag of a bundle.
   *
   * @param tag the image's
   * @throws RejectedException if a registry takes no such tag
   */
  String of(String tag, Platform platform) throws RejectedException {
    String words = platform.toString().replaceAll("[^a-zA-Z0-9._-]", "-");
    String made = text.replace(TAG, tag).replace(PLATFORM, words);
    if (!ImageReference.isTag(made) || ReferrersTag.isAttached(made)) {
      throw new RejectedException(
          Reason.PUSH_REFUSED,
          String.format(
              "tagging a bundle by delivery.tag: found \"%s\", expected up to 128 of a-z A-Z 0-9 _"
                  + " . - and not the form of a referrers tag; choose another delivery.tag, or tag"
                  + " the image otherwise",
              made));
    }
    return made;
  }

  @JsonValue
  @Override
  public String toString() {
    return text;
  }
}
