package io.oci2wasm.net.peer;

/**
 * What one module gets, however hostile.
 *
 * @param streams TCP connections at once
 * @param flows pairs of a port of the guest and a remote address at once, of UDP
 * @param resolves names asked for at once
 * @param credit bytes of a stream that the peer holds for a slow reader
 */
public record PeerLimits(int streams, int flows, int resolves, int credit) {
  /** docs/NETWORK.md, "Limits". */
  public static final PeerLimits DEFAULT = new PeerLimits(1024, 512, 32, 64 * 1024);
}
