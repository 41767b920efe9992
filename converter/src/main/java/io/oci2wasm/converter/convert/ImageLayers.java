package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.convert.LayerConversion.Outcome;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.converter.erofs.ErofsImage;
import io.oci2wasm.converter.rootfs.FileTree;
import io.oci2wasm.converter.rootfs.LayerLimits;
import io.oci2wasm.converter.rootfs.LayerMerge;
import io.oci2wasm.converter.rootfs.LayerPacker;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All layers of an image, in the store and open, lowest first. */
final class ImageLayers implements Closeable {
  /** A layer of the image, and what its config says of it. */
  private record Claim(Descriptor descriptor, Sha256Digest diffId) {}

  private final List<Claim> claims;
  private final Map<Claim, Outcome> outcomes;

  private ImageLayers(List<Claim> claims, Map<Claim, Outcome> outcomes) {
    this.claims = claims;
    this.outcomes = outcomes;
  }

  /** Converts what the store lacks, several layers at once; the first failure ends all. */
  static ImageLayers open(
      PlatformImage image,
      ImageContent content,
      LayerStore store,
      ConverterSettings settings,
      ConversionDirectory scratch,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    List<Claim> claims = claims(image, settings.limits());
    LayerPacker packer = new LayerPacker(settings.limits(), ErofsImage::inlineRoom);
    Map<Claim, LayerConversion> conversions = new LinkedHashMap<>();
    for (Claim claim : claims) {
      // An image may name a layer twice: it is converted once.
      conversions.computeIfAbsent(
          claim,
          once ->
              new LayerConversion(
                  store,
                  packer,
                  content,
                  once.descriptor(),
                  once.diffId(),
                  scratch.file("index-" + conversions.size()),
                  listener));
    }
    return new ImageLayers(
        claims,
        ParallelWork.runAll(
            conversions, settings.parallelLayers(), outcome -> outcome.layer().close()));
  }

  private static List<Claim> claims(PlatformImage image, LayerLimits limits)
      throws RejectedException {
    List<Descriptor> layers = image.manifest().layers();
    List<Sha256Digest> diffIds = image.config().rootfs().diffIds();
    if (layers.size() != diffIds.size()) {
      throw refused(
          Reason.MANIFEST_INVALID,
          image,
          layers.size() + " layers and " + diffIds.size() + " diff_ids",
          "as many");
    }
    if (layers.size() > limits.maxLayers()) {
      throw refused(
          Reason.LAYER_REFUSED, image, layers.size() + " layers", "at most " + limits.maxLayers());
    }
    List<Claim> claims = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      claims.add(new Claim(layers.get(i).bare(), diffIds.get(i)));
    }
    return claims;
  }

  private static RejectedException refused(
      Reason reason, PlatformImage image, String found, String expected) {
    return new RejectedException(
        reason,
        String.format(
            "converting image %s: found %s, expected %s; build and push the image again",
            image.descriptor().digest(), found, expected));
  }

  int count() {
    return claims.size();
  }

  /** How many were packed now. */
  int converted() {
    return (int) claims.stream().filter(claim -> outcome(claim).converted()).count();
  }

  /** Lays the layers one upon the other. */
  FileTree merge(LayerLimits limits) throws RejectedException, IOException {
    LayerMerge merge = new LayerMerge(limits);
    for (Claim claim : claims) {
      merge.add(claim.descriptor().digest(), claim.diffId(), outcome(claim).layer().index());
    }
    return merge.finish();
  }

  /** Opens the layers' contents for reading. */
  OpenLayers contents() throws IOException {
    List<StoredLayer> layers = new ArrayList<>();
    for (Claim claim : claims) {
      layers.add(outcome(claim).layer());
    }
    return new OpenLayers(layers);
  }

  private Outcome outcome(Claim claim) {
    Outcome outcome = outcomes.get(claim);
    if (outcome == null) {
      throw new IllegalStateException("layer " + claim + " was not converted");
    }
    return outcome;
  }

  @Override
  public void close() throws IOException {
    for (Outcome outcome : outcomes.values()) {
      outcome.layer().close();
    }
  }
}
