package io.oci2wasm.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code os/architecture[/variant]} in GOARCH's words, e.g. {@code linux/arm64/v8} (image-spec 1.1,
 * image-index.md, "platform").
 */
public record Platform(String os, String architecture, @Nullable String variant) {
  private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9_.+-]{0,63}");

  /** What attestation manifests say of themselves in an index. */
  public static final Platform UNKNOWN = new Platform("unknown", "unknown", null);

  /**
   * The platforms that have an engine, so that their images are converted. Those of {@code 386} run
   * on the engine of {@code amd64}.
   */
  public static final List<Platform> WITH_ENGINE =
      List.of(
          new Platform("linux", "riscv64", null),
          new Platform("linux", "amd64", null),
          new Platform("linux", "386", null));

  /**
   * Variants whose images may use instructions that the engine lacks: it is an x86-64-v2 (x86-64
   * psABI, "Micro-Architecture Levels").
   */
  private static final Set<String> AMD64_BEYOND_ENGINE = Set.of("v3", "v4");

  /** Architectures of that engine. */
  private static final Set<String> AMD64_ENGINE = Set.of("amd64", "386");

  public Platform {
    os = word("os", os);
    architecture = word("architecture", architecture);
    variant = variant == null || variant.isEmpty() ? null : word("variant", variant);
  }

  /**
   * Reads {@code os/architecture[/variant]}.
   *
   * @throws IllegalArgumentException if {@code text} has another form
   */
  @JsonCreator
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw new IllegalArgumentException(
          String.format(
              "platform: found \"%s\", expected os/architecture[/variant], e.g. linux/riscv64",
              text));
    }
    return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : null);
  }

  private static String word(String what, String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    if (!WORD.matcher(lower).matches()) {
      throw new IllegalArgumentException(
          String.format(
              "platform %s: found \"%s\", expected 1 to 64 of a-z 0-9 _ . + -, the first a"
                  + " letter or digit",
              what, value));
    }
    return lower;
  }

  /** Whether only the variants may differ. */
  public boolean isLike(Platform other) {
    return os.equals(other.os) && architecture.equals(other.architecture);
  }

  /**
   * Whether an engine for {@code engine} runs images of this platform: those of every variant that
   * asks no more of the CPU than the engine has.
   */
  public boolean runsOn(Platform engine) {
    return isLike(engine)
        && !(architecture.equals("amd64")
            && variant != null
            && AMD64_BEYOND_ENGINE.contains(variant));
  }

  /** Whether its engine translates to 128-bit vectors what it has of them: SSE. */
  public boolean hasVectors() {
    return AMD64_ENGINE.contains(architecture);
  }

  @JsonValue
  @Override
  public String toString() {
    return variant == null ? os + "/" + architecture : os + "/" + architecture + "/" + variant;
  }
}
