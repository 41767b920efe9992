package io.oci2wasm.converter.rootfs;

/**
 * One entry of a layer, in the layer's order: a file of some type, or a mark that hides files of
 * lower layers (image-spec 1.1, layer.md).
 */
public sealed interface LayerEntry {
  EntryPath path();

  /** Calls the method of {@code visitor} for this type of entry. */
  <E extends Exception> void accept(Visitor<E> visitor) throws E;

  /** One method per type of entry. */
  interface Visitor<E extends Exception> {
    void directory(Directory entry) throws E;

    void file(RegularFile entry) throws E;

    void symlink(Symlink entry) throws E;

    void special(Special entry) throws E;

    void hardLink(HardLink entry) throws E;

    void whiteout(Whiteout entry) throws E;

    void opaque(Opaque entry) throws E;
  }

  record Directory(EntryPath path, Attributes attributes) implements LayerEntry {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.directory(this);
    }
  }

  record RegularFile(EntryPath path, Attributes attributes, FileContent content)
      implements LayerEntry {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.file(this);
    }
  }

  record Symlink(EntryPath path, Attributes attributes, ByteString target) implements LayerEntry {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.symlink(this);
    }
  }

  record Special(EntryPath path, Attributes attributes, SpecialType type, int major, int minor)
      implements LayerEntry {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.special(this);
    }
  }

  /** Another name for the file at {@code target}, of this or a lower layer. */
  record HardLink(EntryPath path, EntryPath target) implements LayerEntry {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.hardLink(this);
    }
  }

  /** Hides what lower layers have at {@code path}. */
  record Whiteout(EntryPath path) implements LayerEntry {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.whiteout(this);
    }
  }

  /** Hides what lower layers have in the directory {@code path}, not the directory itself. */
  record Opaque(EntryPath path) implements LayerEntry {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.opaque(this);
    }
  }
}
