package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.Descriptor;
import io.oci2wasm.api.oci.ImageContent;
import io.oci2wasm.api.oci.PlatformImage;
import io.oci2wasm.converter.convert.LayerConversion.ReadyLayer;
import io.oci2wasm.converter.convert.LayerStore.StoredLayer;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.rootfs.LayerLimits;
import io.oci2wasm.converter.rootfs.LayerMerge;
import io.oci2wasm.converter.rootfs.LayerPacker;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** All layers of an image, in the store and open, lowest first. */
final class ImageLayers implements Closeable {
  /** A layer of the image, and what its config says of it. */
  private record ListedLayer(Descriptor descriptor, Sha256Digest diffId) {}

  private final List<ListedLayer> listed;
  private final Map<ListedLayer, ReadyLayer> ready;

  private ImageLayers(List<ListedLayer> listed, Map<ListedLayer, ReadyLayer> ready) {
    this.listed = listed;
    this.ready = ready;
  }

  /** Converts what the store lacks, several layers at once; the first failure ends all. */
  static ImageLayers open(
      PlatformImage image,
      ImageContent content,
      LayerStore store,
      ConverterSettings settings,
      Tails tails,
      ConversionDirectory scratch,
      ConversionEvent.Listener listener)
      throws RejectedException, IOException {
    List<ListedLayer> listed = listed(image, settings.limits());
    AtomicInteger left = new AtomicInteger();
    LayerPacker packer =
        new LayerPacker(settings.limits(), tails.inlineRoom(), settings.compression());
    Map<ListedLayer, Callable<ReadyLayer>> conversions = new LinkedHashMap<>();
    for (ListedLayer layer : listed) {
      // An image may name a layer twice: it is converted once.
      conversions.computeIfAbsent(
          layer,
          once -> {
            LayerConversion conversion =
                new LayerConversion(
                    store,
                    packer,
                    ConverterVersion.packer(tails, settings.compression()),
                    content,
                    once.descriptor(),
                    once.diffId(),
                    scratch.file("index-" + conversions.size()),
                    listener);
            return () -> {
              int unused = left.decrementAndGet();
              ReadyLayer made = conversion.call();
              // The last layers are merged while they are written to the store. A thread that is to
              // begin another sees one to its end before: so there are never more under way than
              // threads.
              if (left.get() > 0) {
                LayerConversion.orClosed(made.layer(), made.layer()::settle);
              }
              return made;
            };
          });
    }
    left.set(conversions.size());
    return new ImageLayers(
        listed,
        ParallelWork.runAll(conversions, settings.parallelLayers(), one -> one.layer().close()));
  }

  private static List<ListedLayer> listed(PlatformImage image, LayerLimits limits)
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
    List<ListedLayer> listed = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      listed.add(new ListedLayer(layers.get(i).bare(), diffIds.get(i)));
    }
    return listed;
  }

  private static RejectedException refused(
      Reason reason, PlatformImage image, String found, String expected) {
    return new RejectedException(
        reason,
        String.format(
            "converting image %s: found %s, expected %s; build and push the image again",
            image.descriptor().digest(), found, expected));
  }

  /** Diff IDs in the place of layers' numbers. */
  <K> NavigableMap<K, Sha256Digest> names(NavigableMap<K, Integer> numbers) {
    NavigableMap<K, Sha256Digest> names = new TreeMap<>();
    numbers.forEach((key, number) -> names.put(key, listed.get(number).diffId()));
    return names;
  }

  int count() {
    return listed.size();
  }

  /** How many were packed now. */
  int converted() {
    return (int) listed.stream().filter(layer -> ready(layer).converted()).count();
  }

  /** Lays the layers one upon the other. */
  MergedLayers merge(LayerLimits limits) throws RejectedException, IOException {
    LayerMerge merge = new LayerMerge(limits);
    List<FrameTable> frames = new ArrayList<>();
    for (ListedLayer layer : listed) {
      frames.add(
          merge.add(layer.descriptor().digest(), layer.diffId(), ready(layer).layer().index()));
    }
    return new MergedLayers(merge.finish(), frames);
  }

  /** Opens the layers' contents, which are these {@code frames}, for reading. */
  OpenLayers contents(List<FrameTable> frames) throws IOException {
    List<StoredLayer> layers = new ArrayList<>();
    for (ListedLayer layer : listed) {
      layers.add(ready(layer).layer());
    }
    return new OpenLayers(layers, frames);
  }

  private ReadyLayer ready(ListedLayer layer) {
    ReadyLayer found = ready.get(layer);
    if (found == null) {
      throw new IllegalStateException("layer " + layer + " was not converted");
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (ReadyLayer one : ready.values()) {
      try {
        one.layer().close();
      } catch (IOException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
