package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.Reason;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** The container's standard output or error output. */
final class ConsoleOutput extends PeerStream {
  private final Outlet outlet;
  private final int creditOfPeer;
  private int leave;
  private int owed;
  private boolean ended;

  /**
   * Writes to {@code out}, which stays open.
   *
   * @param leave what the engine may send at first
   * @param later runs its argument in the peer's thread
   */
  ConsoleOutput(int id, EngineSide engine, OutputStream out, int leave, Consumer<Runnable> later) {
    super(id, engine);
    this.leave = leave;
    this.creditOfPeer = leave;
    this.outlet =
        new Outlet(
            "net to output " + id,
            new KeptOpen(out),
            new Outlet.Listener() {
              @Override
              public void written(int count) {
                later.accept(() -> haveWritten(count));
              }

              @Override
              public void failed() {
                later.accept(() -> engine.reset(id, Reason.BROKEN));
              }
            });
    outlet.start();
  }

  private static final class KeptOpen extends FilterOutputStream {
    KeptOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  private void haveWritten(int count) {
    owed += count;
    if (owed >= creditOfPeer / 4) {
      leave += owed;
      engine.send(Message.credit(id, owed));
      owed = 0;
    }
  }

  @Override
  void data(ByteBuffer bytes) throws BrokenRuleException {
    int count = bytes.remaining();
    if (ended || count > leave) {
      throw new BrokenRuleException(
          "found " + count + " bytes of output, expected at most its credit of " + leave);
    }
    leave -= count;
    byte[] copy = new byte[count];
    bytes.get(copy);
    outlet.put(copy, 0, count);
  }

  @Override
  void end() {
    ended = true;
  }

  @Override
  void reset() {
    ended = true;
  }

  @Override
  void close() {
    outlet.end();
  }

  /** Waits until all is written. */
  void await(long millis) throws InterruptedException {
    outlet.await(millis);
  }
}
