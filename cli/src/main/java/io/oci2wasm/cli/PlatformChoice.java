package io.oci2wasm.cli;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.oci.ImagePlatforms;
import io.oci2wasm.api.oci.ImagePlatforms.LeftOut;
import io.oci2wasm.api.oci.ImageWalk;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.ingest.source.ImageSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which platforms of an image are converted: those asked for, or else all that something can be
 * done with.
 */
final class PlatformChoice {
  private final List<Platform> asked;
  private final Predicate<Platform> possible;

  /**
   * A choice.
   *
   * @param asked the platforms the user named; none means all that are possible
   * @param possible those that can be converted at all
   */
  PlatformChoice(List<Platform> asked, Predicate<Platform> possible) {
    this.asked = List.copyOf(asked);
    this.possible = possible;
  }

  /**
   * The platforms of {@code source} to convert, each once, and those left out that the user should
   * hear of.
   *
   * @throws RejectedException if a platform that was asked for is not in the image, or none can be
   *     converted
   */
  ImagePlatforms of(ImageSource source) throws RejectedException, IOException {
    ImagePlatforms all = ImageWalk.walk(source.root(), source, this::isWanted);
    List<PlatformImage> chosen = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    for (PlatformImage image : all.wanted()) {
      // An index may list a platform twice; as elsewhere, the first one counts.
      if (chosen.stream().noneMatch(other -> other.platform().equals(image.platform()))) {
        chosen.add(identified(source, image));
      }
    }
    for (LeftOut one : all.leftOut()) {
      if (asked.isEmpty() || (one.failed() && concerns(one))) {
        leftOut.add(one);
      }
    }
    checkComplete(source, chosen, all);
    return new ImagePlatforms(chosen, leftOut, all.children());
  }

  private static PlatformImage identified(ImageSource source, PlatformImage image) {
    return new PlatformImage(
        image.platform(), source.identity(image), image.manifest(), image.config());
  }

  private boolean isWanted(Platform platform) {
    return possible.test(platform)
        && (asked.isEmpty() || asked.stream().anyMatch(one -> matches(one, platform)));
  }

  private boolean concerns(LeftOut one) {
    Platform platform = one.platform();
    return platform == null || asked.stream().anyMatch(wanted -> matches(wanted, platform));
  }

  /** Whoever names no variant takes any. */
  private static boolean matches(Platform asked, Platform found) {
    return found.isLike(asked)
        && (asked.variant() == null || asked.variant().equals(found.variant()));
  }

  private void checkComplete(ImageSource source, List<PlatformImage> chosen, ImagePlatforms all)
      throws RejectedException {
    for (Platform one : asked) {
      if (chosen.stream().noneMatch(image -> matches(one, image.platform()))) {
        throw new RejectedException(
            Reason.NO_PLATFORM,
            String.format(
                "looking for %s in %s: found %s, expected that platform; choose one of the"
                    + " image's",
                one, source.describe(), describe(all)));
      }
    }
    if (chosen.isEmpty()) {
      throw new RejectedException(
          Reason.NO_ENGINE,
          String.format(
              "converting %s: found %s, expected a platform that has an engine; `rootfs`"
                  + " works for all of them",
              source.describe(), describe(all)));
    }
  }

  private static String describe(ImagePlatforms all) {
    List<String> words = new ArrayList<>();
    all.wanted().forEach(image -> words.add(image.platform().toString()));
    all.leftOut()
        .forEach(
            one ->
                words.add(
                    one.failed() || one.platform() == null
                        ? one.message()
                        : one.platform().toString()));
    return String.join(", ", words);
  }
}
