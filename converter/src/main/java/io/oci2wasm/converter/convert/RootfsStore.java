package io.oci2wasm.converter.convert;

import io.oci2wasm.api.Sha256Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Keeps root filesystems' metadata and layouts, so that the same layers under another engine are
 * not looked at again (docs/FORMATS.md, "Filesystems"). The layout is the commit marker. Safe for
 * use by several threads and processes: the same filesystem may be written twice at once, with the
 * same bytes.
 */
public interface RootfsStore {
  /**
   * Names a filesystem.
   *
   * @param diffIds of its layers, lowest first
   * @param packer the packer version
   * @param converter the converter version
   */
  record Name(List<Sha256Digest> diffIds, String packer, String converter) {
    public Name {
      diffIds = List.copyOf(diffIds);
    }
  }

  /** The layout, if it is there with the metadata and with the data of all layers. */
  Optional<RootfsLayout> find(Name name) throws IOException;

  /**
   * Writes a filesystem.
   *
   * @param metadata its frames as a local file, to be copied
   */
  void put(Name name, Path metadata, RootfsLayout layout) throws IOException;
}
