package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.MessageType;
import java.nio.ByteBuffer;

/** Control lines on their way to the engine (docs/FORMATS.md, "Control lines"). */
final class ControlStream extends PeerStream {
  /** More than anybody resizes a window while the engine takes nothing. */
  private static final int MOST_BYTES = 64 * 1024;

  private final ByteQueue lines = new ByteQueue();
  private int waiting;
  private long credit;

  ControlStream(int id, EngineSide engine, long credit) {
    super(id, engine);
    this.credit = credit;
  }

  void say(byte[] line) {
    if (waiting + line.length <= MOST_BYTES) {
      waiting += line.length;
      lines.add(ByteBuffer.wrap(line));
      send();
    }
  }

  private void send() {
    int count = (int) Math.min(credit, waiting);
    if (count > 0) {
      engine.data(id, lines.first(count));
      lines.remove(count);
      waiting -= count;
      credit -= count;
    }
  }

  @Override
  void data(ByteBuffer bytes) throws BrokenRuleException {
    throw unexpected(MessageType.DATA);
  }

  @Override
  void credit(int count) throws BrokenRuleException {
    credit = plus(credit, count);
    send();
  }

  @Override
  void end() throws BrokenRuleException {
    throw unexpected(MessageType.END);
  }

  @Override
  void reset() {}

  @Override
  void close() {}
}
