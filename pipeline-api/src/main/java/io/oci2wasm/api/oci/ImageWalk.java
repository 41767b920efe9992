package io.oci2wasm.api.oci;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImagePlatforms.LeftOut;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the platforms of an image, from a manifest or through indexes nested to any allowed depth
 * (image-spec 1.1, image-index.md). One bad child never fails its siblings: it is left out with its
 * reason. Documents of platforms that an index states and nobody wants are not read at all.
 */
public final class ImageWalk {
  /** Indexes in indexes in practice are two deep. */
  static final int MAX_DEPTH = 8;

  /** Manifests and indexes in one image; the largest official images have some twenty. */
  static final int MAX_DOCUMENTS = 1000;

  private final ImageContent content;
  private final PlatformSelection selection;
  private final List<PlatformImage> images = new ArrayList<>();
  private final List<LeftOut> leftOut = new ArrayList<>();
  private final Set<Descriptor> seen = new HashSet<>();
  private final Set<Sha256Digest> children = new LinkedHashSet<>();

  private ImageWalk(ImageContent content, PlatformSelection selection) {
    this.content = content;
    this.selection = selection;
  }

  /**
   * Walks from {@code root}, which is read whatever it says.
   *
   * @throws RejectedException if the root itself is no image, or the whole is too deep or too large
   * @throws IOException if the place of the documents does not answer
   */
  public static ImagePlatforms walk(
      Descriptor root, ImageContent content, Predicate<Platform> wanted)
      throws RejectedException, IOException {
    return select(
        root,
        content,
        platform ->
            wanted.test(platform) ? Optional.empty() : Optional.of(withoutEngine(platform)));
  }

  /** What is left out because no engine runs {@code platform}. */
  public static PlatformSelection.Refusal withoutEngine(Platform platform) {
    return new PlatformSelection.Refusal(
        Reason.NO_ENGINE, "no engine runs " + platform + " yet: this platform is left out");
  }

  /** The same; what is not wanted is left out under the selection's reasons. */
  public static ImagePlatforms select(
      Descriptor root, ImageContent content, PlatformSelection selection)
      throws RejectedException, IOException {
    ImageWalk walk = new ImageWalk(content, selection);
    walk.visit(root, 0);
    if (walk.images.isEmpty() && walk.leftOut.isEmpty()) {
      throw new RejectedException(
          Reason.NO_PLATFORM,
          String.format(
              "walking %s %s: found no platform manifest, expected at least one; push the"
                  + " images of the index too",
              root.mediaType(), root.digest()));
    }
    return new ImagePlatforms(walk.images, walk.leftOut, List.copyOf(walk.children));
  }

  private void visit(Descriptor descriptor, int depth) throws RejectedException, IOException {
    String mediaType = descriptor.mediaType();
    if (MediaTypes.isIndex(mediaType)) {
      visitIndex(descriptor, depth);
    } else if (MediaTypes.isManifest(mediaType)) {
      visitManifest(descriptor);
    } else {
      throw new RejectedException(
          Reason.UNSUPPORTED_MEDIA_TYPE,
          String.format(
              "reading %s: found media type %s%s, expected an OCI or docker schema 2"
                  + " manifest or index; push it again with a current client",
              descriptor.digest(),
              mediaType,
              MediaTypes.isSchema1(mediaType) ? " (docker's schema 1)" : ""));
    }
  }

  private void visitIndex(Descriptor descriptor, int depth) throws RejectedException, IOException {
    if (depth >= MAX_DEPTH) {
      throw new RejectedException(
          Reason.INDEX_TOO_DEEP,
          String.format(
              "walking index %s: found indexes nested over %s deep, expected fewer levels; list the"
                  + " manifests directly",
              descriptor.digest(), MAX_DEPTH));
    }
    ImageIndex index = OciDocuments.index(descriptor, content.manifest(descriptor));
    for (Descriptor child : index.manifests()) {
      if (children.size() < MAX_DOCUMENTS) {
        children.add(child.digest());
      }
      if (child.isAttestation() || !seen.add(child.bare())) {
        continue;
      }
      if (seen.size() > MAX_DOCUMENTS) {
        throw new RejectedException(
            Reason.INDEX_TOO_DEEP,
            String.format(
                "walking index %s: found more than %s documents, expected fewer; split the"
                    + " index",
                descriptor.digest(), MAX_DOCUMENTS));
      }
      visitChild(child, depth);
    }
  }

  private void visitChild(Descriptor child, int depth) throws RejectedException, IOException {
    if (!MediaTypes.isIndex(child.mediaType()) && !MediaTypes.isManifest(child.mediaType())) {
      leave(
          child, child.statedPlatform(), Reason.UNSUPPORTED_MEDIA_TYPE, unknownType(child), false);
      return;
    }
    try {
      visit(child, depth + 1);
    } catch (RejectedException e) {
      if (e.reason() == Reason.INDEX_TOO_DEEP) {
        throw e;
      }
      leave(child, child.statedPlatform(), e.reason(), e.getMessage(), isFailure(e.reason()));
    }
  }

  private void visitManifest(Descriptor descriptor) throws RejectedException, IOException {
    Platform stated = descriptor.statedPlatform();
    if (stated != null && leftOut(descriptor, stated)) {
      return;
    }
    ImageManifest manifest = OciDocuments.manifest(descriptor, content.manifest(descriptor));
    if (manifest.isAttestation()) {
      throw new RejectedException(
          Reason.ATTESTATION,
          String.format(
              "manifest %s holds in-toto attestations, not an image: nothing to convert",
              descriptor.digest()));
    }
    if (!manifest.isImage()) {
      throw new RejectedException(
          Reason.NOT_AN_IMAGE,
          String.format(
              "manifest %s: found config type %s and layers of %s, expected an image config and tar"
                  + " layers: an artifact, nothing to convert",
              descriptor.digest(),
              manifest.config().mediaType(),
              manifest.layers().stream().map(Descriptor::mediaType).distinct().toList()));
    }
    ImageConfig config = OciDocuments.config(manifest.config(), read(manifest.config()));
    Platform platform = stated != null ? stated : config.platform();
    if (stated == null && leftOut(descriptor, platform)) {
      return;
    }
    checkLayers(descriptor, manifest, config);
    images.add(new PlatformImage(platform, descriptor.bare(), manifest, config));
  }

  private static void checkLayers(Descriptor descriptor, ImageManifest manifest, ImageConfig config)
      throws RejectedException {
    for (Descriptor layer : manifest.layers()) {
      if (!MediaTypes.isLayer(layer.mediaType())) {
        throw new RejectedException(
            Reason.UNSUPPORTED_MEDIA_TYPE,
            String.format(
                "manifest %s, layer %s: found media type %s, expected a tar layer, plain, %s",
                descriptor.digest(), layer.digest(), layer.mediaType(), MediaTypes.COMPRESSIONS));
      }
    }
    int diffIds = config.rootfs().diffIds().size();
    if (diffIds != manifest.layers().size()) {
      throw new RejectedException(
          Reason.MANIFEST_INVALID,
          String.format(
              "manifest %s: found %s layers and %s diff_ids in its config, expected as"
                  + " many; build and push the image again",
              descriptor.digest(), manifest.layers().size(), diffIds));
    }
  }

  private byte[] read(Descriptor descriptor) throws RejectedException, IOException {
    OciDocuments.checkSize(descriptor, descriptor.size());
    try (InputStream in = content.blob(descriptor)) {
      byte[] bytes = in.readNBytes((int) descriptor.size() + 1);
      OciDocuments.verify(descriptor, bytes);
      return bytes;
    }
  }

  private boolean leftOut(Descriptor descriptor, Platform platform) {
    Optional<PlatformSelection.Refusal> refusal = selection.refusal(platform);
    refusal.ifPresent(why -> leave(descriptor, platform, why.reason(), why.message(), false));
    return refusal.isPresent();
  }

  private void leave(
      Descriptor descriptor,
      @Nullable Platform platform,
      Reason reason,
      String message,
      boolean failed) {
    if (reason != Reason.ATTESTATION) {
      leftOut.add(new LeftOut(descriptor.bare(), platform, reason, message, failed));
    }
  }

  private static boolean isFailure(Reason reason) {
    return reason != Reason.NOT_AN_IMAGE && reason != Reason.ATTESTATION;
  }

  private static String unknownType(Descriptor child) {
    return String.format(
        "child %s: found media type %s, expected a manifest or an index: left out",
        child.digest(), child.mediaType());
  }
}
