package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An image in a registry: {@code HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]}, with a tag, a digest or
 * both (distribution-spec 1.1, "Pulling manifests"). Names that mean one image are equal: the
 * registry is as {@link RegistryName} writes it.
 */
@JsonPropertyOrder({"registry", "repository", "tag", "digest"})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ImageReference(
    String registry, String repository, @Nullable String tag, @Nullable Sha256Digest digest) {
  private static final String DEFAULT_TAG = "latest";
  private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final Pattern REPOSITORY = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");
  private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
  private static final int MAX_REPOSITORY_LENGTH = 255;

  public ImageReference {
    RegistryName name = new RegistryName(registry);
    registry = name.text();
    repository = name.repository(repository);
    if (repository.length() > MAX_REPOSITORY_LENGTH) {
      throw new IllegalArgumentException(
          "repository: found " + repository.length() + " characters, expected at most 255");
    }
    check("repository", repository, REPOSITORY, "lower-case path components as in team/app");
    if (tag != null) {
      check("tag", tag, TAG, "up to 128 of a-z A-Z 0-9 _ . -");
    }
    if (tag == null && digest == null) {
      throw new IllegalArgumentException(
          "image " + registry + "/" + repository + ": found neither tag nor digest, expected one");
    }
  }

  private static void check(String what, String value, Pattern grammar, String expected) {
    if (!grammar.matcher(value).matches()) {
      throw new IllegalArgumentException(what + ": found \"" + value + "\", expected " + expected);
    }
  }

  /**
   * Whether a registry takes {@code text} as a tag (distribution-spec 1.1, "Pulling manifests").
   */
  public static boolean isTag(String text) {
    return TAG.matcher(text).matches();
  }

  /**
   * Reads {@code HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]}; without tag and digest the tag is {@code
   * latest}.
   *
   * @throws IllegalArgumentException if {@code text} has another form; a host is always needed
   */
  public static ImageReference parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !RegistryName.isHost(text.substring(0, slash))) {
      throw new IllegalArgumentException(
          String.format(
              "image reference: found \"%s\", expected"
                  + " HOST[:PORT]/REPOSITORY[:TAG][@DIGEST] (the registry's host is never"
                  + " implied)",
              text));
    }
    String rest = text.substring(slash + 1);
    Sha256Digest digest = null;
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = Sha256Digest.parse(rest.substring(at + 1));
      rest = rest.substring(0, at);
    }
    int colon = rest.indexOf(':');
    String tag = colon < 0 ? null : rest.substring(colon + 1);
    String repository = colon < 0 ? rest : rest.substring(0, colon);
    if (tag == null && digest == null) {
      tag = DEFAULT_TAG;
    }
    return new ImageReference(text.substring(0, slash), repository, tag, digest);
  }

  /** The same image by {@code digest}, its tag kept for people. */
  public ImageReference withDigest(Sha256Digest digest) {
    return new ImageReference(registry, repository, tag, digest);
  }

  /** What a registry is asked for: the digest, or else the tag. */
  public String reference() {
    return digest != null ? digest.toString() : String.valueOf(tag);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(registry).append('/').append(repository);
    if (tag != null) {
      text.append(':').append(tag);
    }
    if (digest != null) {
      text.append('@').append(digest);
    }
    return text.toString();
  }
}
