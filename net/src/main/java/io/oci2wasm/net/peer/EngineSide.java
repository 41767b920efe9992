package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.Message;
import io.oci2wasm.net.netp.MessageType;
import io.oci2wasm.net.netp.Reason;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** The way to the engine. Never waits: what the engine has not read yet is kept. */
final class EngineSide {
  /** So much may wait before sockets are no longer read. */
  private static final int HIGH_BYTES = 1 << 20;

  /** So little must wait before they are read again. */
  private static final int LOW_BYTES = HIGH_BYTES / 4;

  /** Beyond this the engine asks and asks, and reads no answer. */
  private static final int MOST_BYTES = 8 << 20;

  private final Outlet outlet;
  private final Runnable whenRoom;
  private volatile boolean full;

  /**
   * The way by {@code out}.
   *
   * @param whenRoom called from another thread when sockets may be read again
   */
  EngineSide(OutputStream out, Runnable whenRoom) {
    this.whenRoom = whenRoom;
    this.outlet =
        new Outlet(
            "net to engine",
            out,
            new Outlet.Listener() {
              @Override
              public void written(int count) {
                haveWritten();
              }

              @Override
              public void failed() {
                haveWritten();
              }
            });
  }

  void start() {
    outlet.start();
  }

  private void haveWritten() {
    if (full && outlet.waiting() <= LOW_BYTES) {
      full = false;
      whenRoom.run();
    }
  }

  void send(byte[] message) {
    outlet.put(message, 0, message.length);
  }

  void send(int stream, MessageType type) {
    send(Message.encode(stream, type, 0));
  }

  void data(int stream, ByteBuffer bytes) {
    send(Message.encode(stream, MessageType.DATA, 0, bytes));
  }

  void reset(int stream, Reason reason) {
    send(Message.encode(stream, MessageType.RESET, reason.code()));
  }

  /** Should nothing more be read from sockets for now? */
  boolean isFull() {
    if (!full && outlet.waiting() > HIGH_BYTES) {
      full = true;
      // The last of it may have been written in between.
      if (outlet.waiting() <= LOW_BYTES) {
        full = false;
      }
    }
    return full;
  }

  /** Does more wait than an engine that reads can leave? */
  boolean isOverfull() {
    return outlet.waiting() > MOST_BYTES;
  }

  /** Closes the connection, at once or after what waits. */
  void close(boolean atOnce) {
    if (atOnce) {
      outlet.abandon();
    } else {
      outlet.end();
    }
  }
}
