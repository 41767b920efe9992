package io.oci2wasm.converter.wasm;

import java.nio.ByteBuffer;

/** A section: its kind and its content without id and size. Immutable. */
public final class Section {
  private final SectionId id;
  private final ByteBuffer body;
  private final int bodyOffset;

  /** {@code body} is not copied; {@code bodyOffset} is where it was read, for messages. */
  Section(SectionId id, ByteBuffer body, int bodyOffset) {
    this.id = id;
    this.body = body;
    this.bodyOffset = bodyOffset;
  }

  public SectionId id() {
    return id;
  }

  public int sizeBytes() {
    return body.remaining();
  }

  /** A copy of the content. */
  public byte[] body() {
    return BinaryReader.bytesOf(body);
  }

  /** The content where it is. */
  public ModuleSlice slice() {
    return new ModuleSlice(body.duplicate(), bodyOffset);
  }

  /** Reads the content from its first byte. */
  public BinaryReader reader() {
    return new BinaryReader(body, bodyOffset);
  }
}
