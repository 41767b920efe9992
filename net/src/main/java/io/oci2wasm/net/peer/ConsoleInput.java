package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.MessageType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The container's standard input, read by a thread of its own as far as the engine takes it. */
final class ConsoleInput extends PeerStream {
  private static final int PIECE_BYTES = 32 * 1024;

  private final InputStream in;
  private long credit;
  private boolean over;

  ConsoleInput(int id, EngineSide engine, InputStream in, long credit) {
    super(id, engine);
    this.in = in;
    this.credit = credit;
  }

  void start() {
    Thread thread = new Thread(this::pump, "net from input");
    thread.setDaemon(true);
    thread.start();
  }

  private void pump() {
    byte[] piece = new byte[PIECE_BYTES];
    try {
      for (int room = awaitCredit(); room > 0; room = awaitCredit()) {
        int count = in.read(piece, 0, Math.min(room, piece.length));
        if (count < 0) {
          break;
        }
        send(piece, count);
      }
    } catch (IOException e) {
      // As at its end: nothing comes any more.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    engine.send(id, MessageType.END);
  }

  private synchronized int awaitCredit() throws InterruptedException {
    while (credit == 0 && !over) {
      wait();
    }
    return over ? 0 : (int) Math.min(credit, PIECE_BYTES);
  }

  private synchronized void send(byte[] piece, int count) {
    if (count > 0 && !over) {
      credit -= count;
      engine.data(id, ByteBuffer.wrap(piece, 0, count));
    }
  }

  @Override
  void data(ByteBuffer bytes) throws BrokenRuleException {
    throw unexpected(MessageType.DATA);
  }

  @Override
  synchronized void credit(int count) throws BrokenRuleException {
    credit = plus(credit, count);
    notifyAll();
  }

  @Override
  void end() throws BrokenRuleException {
    throw unexpected(MessageType.END);
  }

  @Override
  void reset() {
    close();
  }

  @Override
  synchronized void close() {
    over = true;
    notifyAll();
  }
}
