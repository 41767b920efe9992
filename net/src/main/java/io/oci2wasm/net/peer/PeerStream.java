package io.oci2wasm.net.peer;

import io.oci2wasm.net.netp.BrokenRuleException;
import io.oci2wasm.net.netp.MessageType;
import java.nio.ByteBuffer;

/** What a stream of netp is joined to. Only the peer's own thread calls it. */
abstract class PeerStream {
  final int id;
  final EngineSide engine;

  PeerStream(int id, EngineSide engine) {
    this.id = id;
    this.engine = engine;
  }

  /** The engine sent bytes, or one datagram. */
  abstract void data(ByteBuffer bytes) throws BrokenRuleException;

  /** The guest has taken the connection. */
  void opened() throws BrokenRuleException {
    throw unexpected(MessageType.OPENED);
  }

  /** The engine takes so many bytes more, where the peer sends bytes and no datagrams. */
  void credit(int count) throws BrokenRuleException {
    throw unexpected(MessageType.CREDIT);
  }

  /** The engine has no more data: for datagrams the end of the stream. */
  void end() throws BrokenRuleException {
    reset();
  }

  /** The engine has ended the stream. */
  abstract void reset();

  /** The socket is ready for what {@link #update} waits for. */
  void ready() {}

  /** Looks anew at what the socket is to be waited for. */
  void update() {}

  /** The connection to the engine is over. */
  abstract void close();

  final BrokenRuleException unexpected(MessageType type) {
    return new BrokenRuleException(
        "found "
            + type
            + " for stream "
            + Integer.toUnsignedString(id)
            + ", where netp has no place for it");
  }

  /** The sum of both, unless the engine gives more than the format knows. */
  static long plus(long credit, int more) throws BrokenRuleException {
    if (more < 0 || credit + more > Integer.MAX_VALUE) {
      throw new BrokenRuleException(
          "found credit " + (credit + (more & 0xffff_ffffL)) + ", expected at most 2^31 - 1");
    }
    return credit + more;
  }
}
