package io.oci2wasm.converter.convert;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.oci2wasm.api.Json;
import io.oci2wasm.api.recipe.Piece;
import io.oci2wasm.converter.erofs.FrameExtent;
import io.oci2wasm.converter.erofs.FramedImage;
import io.oci2wasm.converter.frame.FrameTable;
import io.oci2wasm.converter.sbom.OsPackages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a recipe needs of a root filesystem: where its frames are (docs/FORMATS.md, "Filesystems").
 *
 * @param sizeBytes of the EROFS image
 * @param files its files of all types
 * @param metadataFrames how many frames the metadata has
 * @param layerSizes sizes of the layers' data, lowest first
 * @param extents runs of frames of the layers
 * @param frames those of the metadata, then those of the extents, with their checks
 * @param packages those of the image; null if an earlier version wrote the layout
 */
public record RootfsLayout(
    long sizeBytes,
    long files,
    int metadataFrames,
    List<Long> layerSizes,
    List<Extent> extents,
    FrameTable frames,
    @Nullable OsPackages packages) {
  private static final int SCHEMA = 1;

  /**
   * Frames of a layer that follow one another.
   *
   * @param offset of the first one's first byte in the layer's data
   */
  public record Extent(int layer, long offset, int frames) {}

  public RootfsLayout {
    layerSizes = List.copyOf(layerSizes);
    extents = List.copyOf(extents);
    if (metadataFrames < 0 || metadataFrames > frames.count()) {
      throw new IllegalArgumentException(
          String.format(
              "layout: found %s frames of the metadata, expected 0 to %s",
              metadataFrames, frames.count()));
    }
    int next = metadataFrames;
    for (Extent extent : extents) {
      if (extent.layer() < 0
          || extent.layer() >= layerSizes.size()
          || extent.frames() < 1
          || extent.frames() > frames.count() - next) {
        throw new IllegalArgumentException("layout: found an extent beyond its layer or frames");
      }
      long size = frames.start(next + extent.frames()) - frames.start(next);
      if (extent.offset() < 0 || extent.offset() > layerSizes.get(extent.layer()) - size) {
        throw new IllegalArgumentException(
            String.format(
                "layout: found frames of %s bytes from byte %s on, expected them within the %s of"
                    + " layer %s",
                size, extent.offset(), layerSizes.get(extent.layer()), extent.layer()));
      }
      next += extent.frames();
    }
    if (next != frames.count()) {
      throw new IllegalArgumentException(
          String.format(
              "layout: found %s frames, expected %s as its extents say", frames.count(), next));
    }
  }

  @JsonPropertyOrder({
    "schema",
    "size",
    "files",
    "metadataFrames",
    "layerSizes",
    "extents",
    "frames",
    "checks",
    "packages"
  })
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Form(
      int schema,
      long size,
      long files,
      int metadataFrames,
      List<Long> layerSizes,
      List<Extent> extents,
      String frames,
      String checks,
      @Nullable OsPackages packages) {}

  /**
   * The layout of an image.
   *
   * @param metadata the frames of its metadata
   * @param layers the frames of each layer's data, lowest first
   * @param packages the image's
   */
  static RootfsLayout of(
      FramedImage image, FrameTable metadata, List<FrameTable> layers, OsPackages packages) {
    List<Extent> extents = new ArrayList<>();
    for (FrameExtent extent : image.extents()) {
      long offset = layers.get(extent.layer()).start(extent.firstFrame());
      extents.add(new Extent(extent.layer(), offset, extent.frames()));
    }
    return new RootfsLayout(
        image.sizeBytes(),
        image.files(),
        metadata.count(),
        layers.stream().map(FrameTable::storedBytes).toList(),
        extents,
        new FrameTable.Builder().addAll(metadata).addAll(image.dataFrames()).build(),
        packages);
  }

  /**
   * The metadata's frames as a piece of a recipe.
   *
   * @param object the key of the metadata
   */
  Piece metadata(String object) {
    return new Piece.Stored(object, 0, frames.units(0, metadataFrames));
  }

  /**
   * The layers' frames as pieces of a recipe.
   *
   * @param layerObjects the keys of the layers' data, lowest first
   */
  List<Piece> layers(List<String> layerObjects) {
    List<Piece> pieces = new ArrayList<>();
    int next = metadataFrames;
    for (Extent extent : extents) {
      pieces.add(
          new Piece.Stored(
              layerObjects.get(extent.layer()),
              extent.offset(),
              frames.units(next, extent.frames())));
      next += extent.frames();
    }
    return pieces;
  }

  /** The JSON text, UTF-8. {@link #parse} gives a layout of the same frames back. */
  public byte[] toJson() {
    Form form =
        new Form(
            SCHEMA,
            sizeBytes,
            files,
            metadataFrames,
            layerSizes,
            extents,
            Base64.getEncoder().encodeToString(frames.encode()),
            Base64.getEncoder().encodeToString(frames.encodeChecks()),
            packages);
    try {
      return Json.MAPPER.writeValueAsString(form).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a record of strings and numbers is always JSON", e);
    }
  }

  /**
   * Reads a {@code layout}.
   *
   * @throws IOException if it is none
   */
  public static RootfsLayout parse(byte[] json) throws IOException {
    Form form = Json.MAPPER.readValue(json, Form.class);
    if (form == null
        || form.schema() != SCHEMA
        || form.layerSizes() == null
        || form.extents() == null
        || form.layerSizes().contains(null)
        || form.layerSizes().stream().anyMatch(size -> size < 0)
        || form.extents().contains(null)
        || form.frames() == null
        || form.checks() == null) {
      throw new IOException("layout: found another document, expected one of schema " + SCHEMA);
    }
    try {
      return new RootfsLayout(
          form.size(),
          form.files(),
          form.metadataFrames(),
          form.layerSizes(),
          form.extents(),
          FrameTable.decode(decoded(form.frames()), decoded(form.checks())),
          form.packages());
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static ByteBuffer decoded(String base64) {
    return ByteBuffer.wrap(Base64.getDecoder().decode(base64));
  }
}
