package io.oci2wasm.net.netp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One message.
 *
 * <pre>
 *   0        4        6      7      8
 *   | stream | length | type | code | payload
 * </pre>
 *
 * @param payload little-endian, from its position to its limit; valid until more is read
 */
public record Message(int stream, MessageType type, int code, ByteBuffer payload) {
  /** Bytes before the payload. */
  public static final int HEADER_BYTES = 8;

  /** Bytes that a payload has at most. */
  public static final int MOST_PAYLOAD_BYTES = 0xffff;

  /** The version that both sides must speak. */
  public static final int VERSION = 1;

  /** HELLO's feature of a peer that answers ASK. */
  private static final int FEATURE_RECORDS = 1;

  private static final int MAGIC = 0x4e57324f; // "O2WN"
  private static final int HELLO_BYTES = 16;

  /** The bytes of a message; {@code payload} is read to its limit. */
  public static byte[] encode(int stream, MessageType type, int code, ByteBuffer payload) {
    int length = payload.remaining();
    byte[] bytes = new byte[HEADER_BYTES + length];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(stream)
        .putShort((short) length)
        .put((byte) type.number())
        .put((byte) code)
        .put(payload);
    return bytes;
  }

  /** The same without payload. */
  public static byte[] encode(int stream, MessageType type, int code) {
    return encode(stream, type, code, ByteBuffer.allocate(0));
  }

  /** Gives the other side leave to send {@code count} more bytes. */
  public static byte[] credit(int stream, int count) {
    return encode(stream, MessageType.CREDIT, 0, littleEndian(4).putInt(count).flip());
  }

  /**
   * The first message; each stream may then get {@code credit} bytes.
   *
   * @param records whether ASK will be answered
   */
  public static byte[] hello(int credit, boolean records) {
    ByteBuffer payload =
        littleEndian(HELLO_BYTES)
            .putInt(MAGIC)
            .putShort((short) VERSION)
            .putShort((short) 0)
            .putInt(credit)
            .putInt(records ? FEATURE_RECORDS : 0);
    return encode(0, MessageType.HELLO, 0, payload.flip());
  }

  /** A buffer for a payload. */
  public static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads a HELLO.
   *
   * @return the credit
   */
  public int readHello() throws BrokenRuleException {
    if (type != MessageType.HELLO || stream != 0 || payload.remaining() != HELLO_BYTES) {
      throw new BrokenRuleException(
          "found "
              + type
              + " of "
              + payload.remaining()
              + " bytes as the first message, expected"
              + " HELLO");
    }
    int magic = payload.getInt();
    int version = payload.getShort() & 0xffff;
    payload.getShort();
    int credit = payload.getInt();
    if (magic != MAGIC || version != VERSION || credit < 0) {
      throw new BrokenRuleException(
          String.format(
              "found HELLO %08x of version %d with credit %d, expected O2WN of version %d",
              magic, version, credit, VERSION));
    }
    return credit;
  }

  /** Fails unless the payload has {@code bytes} bytes. */
  public void expectBytes(int bytes) throws BrokenRuleException {
    if (payload.remaining() != bytes) {
      throw new BrokenRuleException(
          "found " + type + " of " + payload.remaining() + " bytes, expected " + bytes);
    }
  }
}
