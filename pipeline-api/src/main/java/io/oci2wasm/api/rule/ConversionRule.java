package io.oci2wasm.api.rule;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.oci2wasm.api.Glob;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.RegistryName;
import io.oci2wasm.api.Training;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How to convert images whose name matches. An absent glob matches every name.
 *
 * @param tag matches images without tag only if it matches everything
 * @param platforms the only ones converted; empty means all that are configured
 * @param convert false excludes the images; absent means true
 * @param memory what their bundles' guests have; absent means what is configured for all
 * @param untagged whether a webhook that tells of one without a tag asks for it; absent means what
 *     is configured for all
 * @param materialize whether their bundles' files are stored beside the recipes; absent means what
 *     is configured for all
 * @param translate how their bundles are trained; absent means what is configured for all
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ConversionRule(
    @Nullable Glob registry,
    @Nullable Glob repository,
    @Nullable Glob tag,
    List<Platform> platforms,
    @Nullable Boolean convert,
    @Nullable GuestMemory memory,
    @Nullable Boolean untagged,
    @Nullable Materialize materialize,
    @Nullable Training translate) {
  public ConversionRule {
    registry = registry == null ? null : RegistryName.normal(registry);
    platforms = platforms == null ? List.of() : List.copyOf(platforms);
    if (Boolean.FALSE.equals(convert) && !platforms.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "platforms: found %s beside convert: false, expected one of the two;"
                  + " platforms names what is converted",
              platforms));
    }
    if (Boolean.FALSE.equals(convert) && memory != null) {
      throw new IllegalArgumentException(
          String.format(
              "memory: found %s beside convert: false, expected one of the two; memory is"
                  + " for what is converted",
              memory));
    }
    if (Boolean.FALSE.equals(convert) && materialize != null) {
      throw new IllegalArgumentException(
          String.format(
              "materialize: found %s beside convert: false, expected one of the two; materialize"
                  + " is for what is converted",
              materialize));
    }
    if (Boolean.FALSE.equals(convert) && translate != null) {
      throw new IllegalArgumentException(
          "translate: found it beside convert: false, expected one of the two; translate is for"
              + " what is converted");
    }
    if (untagged != null && (Boolean.FALSE.equals(convert) || !isEveryWord(tag))) {
      throw new IllegalArgumentException(
          String.format(
              "untagged: found %s beside %s, expected it in a rule that converts images of"
                  + " every tag; images without a tag match no other",
              untagged, Boolean.FALSE.equals(convert) ? "convert: false" : "tag: " + tag));
    }
  }

  /** A rule that says nothing of stored files and of training. */
  public ConversionRule(
      @Nullable Glob registry,
      @Nullable Glob repository,
      @Nullable Glob tag,
      List<Platform> platforms,
      @Nullable Boolean convert,
      @Nullable GuestMemory memory,
      @Nullable Boolean untagged) {
    this(registry, repository, tag, platforms, convert, memory, untagged, null, null);
  }

  /** A rule that says nothing of images without a tag, either. */
  public ConversionRule(
      @Nullable Glob registry,
      @Nullable Glob repository,
      @Nullable Glob tag,
      List<Platform> platforms,
      @Nullable Boolean convert,
      @Nullable GuestMemory memory) {
    this(registry, repository, tag, platforms, convert, memory, null);
  }

  /** A rule that says only what is converted. */
  public ConversionRule(
      @Nullable Glob registry,
      @Nullable Glob repository,
      @Nullable Glob tag,
      List<Platform> platforms,
      @Nullable Boolean convert) {
    this(registry, repository, tag, platforms, convert, null);
  }

  boolean excludes() {
    return Boolean.FALSE.equals(convert);
  }

  boolean matches(ImageReference image) {
    return matches(registry, image.registry())
        && matches(repository, image.repository())
        && matchesTag(image.tag());
  }

  private static boolean matches(@Nullable Glob glob, String name) {
    return glob == null || glob.matches(name);
  }

  private boolean matchesTag(@Nullable String name) {
    return name == null ? isEveryWord(tag) : matches(tag, name);
  }

  /** Registries and tags have no slash, so that one star is enough. */
  private static boolean isEveryWord(@Nullable Glob glob) {
    return glob == null || glob.text().chars().allMatch(symbol -> symbol == '*');
  }

  /** Whether no image is left for {@code later}; where that is not certain, false. */
  boolean shadows(ConversionRule later) {
    return (isEveryWord(registry) || covers(registry, later.registry))
        && covers(repository, later.repository)
        && (isEveryWord(tag) || covers(tag, later.tag));
  }

  private static boolean covers(@Nullable Glob one, @Nullable Glob other) {
    return one == null || (other == null ? one.matchesEverything() : one.covers(other));
  }

  /** Its globs as in a file, e.g. {@code repository: team/*, tag: *-debug}. */
  String describe() {
    String globs =
        Stream.of(named("registry", registry), named("repository", repository), named("tag", tag))
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining(", "));
    return globs.isEmpty() ? "every image" : globs;
  }

  private static String named(String key, @Nullable Glob glob) {
    return glob == null ? "" : key + ": " + glob;
  }
}
