package io.oci2wasm.api.rule;

import io.oci2wasm.api.ConversionOptions;
import io.oci2wasm.api.GuestMemory;
import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.Materialize;
import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.Training;
import io.oci2wasm.api.event.ConversionChoice;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformSelection;
import io.oci2wasm.api.oci.PlatformSelection.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Which images are converted, for which platforms, and with which options. A platform is converted
 * if the configured platforms, the first rule that matches the image, and the request's choice all
 * allow it.
 *
 * @param platforms those that are converted unless a rule or a request wants fewer
 * @param memory what the guests of bundles have unless a rule says so; absent means the engine's
 *     default
 * @param translate how bundles are trained unless a rule says so; absent means not at all
 * @param rules the first whose globs match an image counts; without one all platforms are wanted
 */
public record ConversionRules(
    List<Platform> platforms,
    @Nullable GuestMemory memory,
    @Nullable Training translate,
    List<ConversionRule> rules) {
  public static final ConversionRules DEFAULT =
      new ConversionRules(Platform.WITH_ENGINE, List.of());

  public ConversionRules {
    platforms = List.copyOf(platforms);
    rules = List.copyOf(rules);
    if (platforms.isEmpty()) {
      throw new IllegalArgumentException("platforms: found none, expected at least one");
    }
    for (int i = 0; i < rules.size(); i++) {
      check(rules, i, platforms);
    }
  }

  /** Of guests that have the engine's default memory, and bundles that are not trained. */
  public ConversionRules(List<Platform> platforms, List<ConversionRule> rules) {
    this(platforms, null, rules);
  }

  /** Of bundles that are not trained. */
  public ConversionRules(
      List<Platform> platforms, @Nullable GuestMemory memory, List<ConversionRule> rules) {
    this(platforms, memory, null, rules);
  }

  private static void check(List<ConversionRule> rules, int index, List<Platform> platforms) {
    ConversionRule rule = rules.get(index);
    for (Platform platform : rule.platforms()) {
      if (!platforms.contains(platform)) {
        throw new IllegalArgumentException(
            String.format(
                "%s: found platform %s, expected some of conversion.platforms, %s",
                name(index, rule), platform, platforms));
      }
    }
    for (int earlier = 0; earlier < index; earlier++) {
      if (rules.get(earlier).shadows(rule)) {
        throw new IllegalArgumentException(
            String.format(
                "%s: found no image that it could match, because %s comes first; move it"
                    + " before that one, or remove it",
                name(index, rule), name(earlier, rules.get(earlier))));
      }
    }
  }

  private static String name(int index, ConversionRule rule) {
    return "rules[" + index + "] (" + rule.describe() + ")";
  }

  /** Why nothing of {@code image} is wanted; empty if something is. */
  public Optional<Refusal> excluded(ImageReference image, @Nullable ConversionChoice choice) {
    Selection selection = new Selection(image, choice);
    return selection.wanted.isEmpty()
        ? Optional.of(new Refusal(Reason.EXCLUDED, "image " + image + ": " + selection.why()))
        : Optional.empty();
  }

  /** What is wanted of {@code image}. */
  public PlatformSelection selection(ImageReference image, @Nullable ConversionChoice choice) {
    return new Selection(image, choice);
  }

  /** As what {@code image} is converted, where it is. */
  public ConversionOptions options(ImageReference image) {
    int index = firstMatch(image);
    GuestMemory byRule = index < 0 ? null : rules.get(index).memory();
    return new ConversionOptions(byRule == null ? memory : byRule);
  }

  /** Whether the files of {@code image}'s bundles are stored; empty where no rule says so. */
  public Optional<Materialize> materialize(ImageReference image) {
    int index = firstMatch(image);
    return index < 0 ? Optional.empty() : Optional.ofNullable(rules.get(index).materialize());
  }

  /** How the bundles of {@code image} are trained; null if they are not. */
  public @Nullable Training training(ImageReference image) {
    int index = firstMatch(image);
    Training byRule = index < 0 ? null : rules.get(index).translate();
    return byRule == null ? translate : byRule;
  }

  /**
   * Whether a webhook that tells of {@code image}, which has no tag, asks for it.
   *
   * @param otherwise where no rule says so
   */
  public boolean wantsUntagged(ImageReference image, boolean otherwise) {
    int index = firstMatch(image);
    Boolean byRule = index < 0 ? null : rules.get(index).untagged();
    return byRule == null ? otherwise : byRule;
  }

  /** The number of the rule that counts for {@code image}, from 0; empty if none matches. */
  public OptionalInt matching(ImageReference image) {
    int index = firstMatch(image);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
  }

  private int firstMatch(ImageReference image) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).matches(image)) {
        return i;
      }
    }
    return -1;
  }

  private final class Selection implements PlatformSelection {
    private final int index;
    private final List<Platform> chosen;
    private final List<Platform> wanted;

    Selection(ImageReference image, @Nullable ConversionChoice choice) {
      index = firstMatch(image);
      chosen = choice == null ? List.of() : choice.platforms();
      wanted =
          platforms.stream()
              .filter(this::isWantedByRule)
              .filter(one -> chosen.isEmpty() || chosen.stream().anyMatch(one::isLike))
              .toList();
    }

    private boolean isWantedByRule(Platform platform) {
      return index < 0
          || (!rules.get(index).excludes()
              && (rules.get(index).platforms().isEmpty()
                  || rules.get(index).platforms().contains(platform)));
    }

    @Override
    public Optional<Refusal> refusal(Platform platform) {
      if (platforms.stream().noneMatch(platform::runsOn)) {
        return Optional.of(ImageWalk.withoutEngine(platform));
      }
      return wanted.stream().anyMatch(platform::runsOn)
          ? Optional.empty()
          : Optional.of(
              new Refusal(Reason.EXCLUDED, "platform " + platform + " is left out: " + why()));
    }

    private String why() {
      String rule = index < 0 ? "" : "conversion." + name(index, rules.get(index)) + " wants ";
      String byRule =
          index < 0 || (!rules.get(index).excludes() && rules.get(index).platforms().isEmpty())
              ? ""
              : rule + (rules.get(index).excludes() ? "nothing" : rules.get(index).platforms());
      String byRequest = chosen.isEmpty() ? "" : "the request wants " + chosen;
      return byRule.isEmpty() || byRequest.isEmpty()
          ? byRule + byRequest
          : byRule + ", and " + byRequest;
    }
  }
}
