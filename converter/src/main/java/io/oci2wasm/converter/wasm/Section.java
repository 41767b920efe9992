package io.oci2wasm.converter.wasm;

/** A section: its kind and its content without id and size. Immutable. */
public final class Section {
  private final SectionId id;
  private final byte[] body;
  private final int bodyOffset;

  /** {@code body} is not copied; {@code bodyOffset} is where it was read, for messages. */
  Section(SectionId id, byte[] body, int bodyOffset) {
    this.id = id;
    this.body = body;
    this.bodyOffset = bodyOffset;
  }

  public SectionId id() {
    return id;
  }

  public int sizeBytes() {
    return body.length;
  }

  public byte[] body() {
    return body.clone();
  }

  /** Reads the content from its first byte. */
  BinaryReader reader() {
    return new BinaryReader(body, bodyOffset);
  }
}
