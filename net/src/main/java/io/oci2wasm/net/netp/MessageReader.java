package io.oci2wasm.net.netp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Cuts a stream of bytes into messages. Keeps the beginning of one message at most. */
public final class MessageReader {
  private final ByteBuffer partial =
      ByteBuffer.allocate(Message.HEADER_BYTES + Message.MOST_PAYLOAD_BYTES)
          .order(ByteOrder.LITTLE_ENDIAN);

  /** Who takes the messages. */
  @FunctionalInterface
  public interface Receiver {
    /** Takes the next one. */
    void take(Message message) throws BrokenRuleException;
  }

  /** Takes {@code bytes}, and hands on each message that they complete. */
  public void read(ByteBuffer bytes, Receiver receiver) throws BrokenRuleException {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      if (partial.position() == 0 && isWhole(in)) {
        cut(in, receiver);
      } else {
        complete(in);
        if (isWhole(partial.duplicate().order(ByteOrder.LITTLE_ENDIAN).flip())) {
          partial.flip();
          cut(partial, receiver);
          partial.clear();
        }
      }
    }
  }

  private static boolean isWhole(ByteBuffer in) {
    return in.remaining() >= Message.HEADER_BYTES
        && in.remaining() >= Message.HEADER_BYTES + lengthOf(in);
  }

  private static int lengthOf(ByteBuffer in) {
    return in.getShort(in.position() + 4) & 0xffff;
  }

  /** Moves bytes to the partial message, at most to the end of its header or of its payload. */
  private void complete(ByteBuffer in) {
    int have = partial.position();
    int want =
        have < Message.HEADER_BYTES
            ? Message.HEADER_BYTES
            : Message.HEADER_BYTES + (partial.getShort(4) & 0xffff);
    int count = Math.min(want - have, in.remaining());
    partial.put(in.slice(in.position(), count));
    in.position(in.position() + count);
  }

  private static void cut(ByteBuffer in, Receiver receiver) throws BrokenRuleException {
    int stream = in.getInt();
    int length = in.getShort() & 0xffff;
    int number = in.get() & 0xff;
    int code = in.get() & 0xff;
    ByteBuffer payload = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    Optional<MessageType> type = MessageType.of(number);
    if (code != 0 && !type.map(MessageType::hasCode).orElse(false)) {
      throw new BrokenRuleException(
          "found type " + number + " with code " + code + ", expected code 0");
    }
    if (type.isPresent()) {
      receiver.take(new Message(stream, type.get(), code, payload));
    }
  }
}
