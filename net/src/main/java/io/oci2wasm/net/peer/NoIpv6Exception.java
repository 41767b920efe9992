package io.oci2wasm.net.peer;

import java.net.SocketException;
import java.nio.channels.UnsupportedAddressTypeException;

/** An address of IPv6 on a machine that has none: what channels say of it is not even checked. */
final class NoIpv6Exception extends SocketException {
  private static final long serialVersionUID = 1;

  NoIpv6Exception(UnsupportedAddressTypeException cause) {
    super("this machine has no IPv6");
    initCause(cause);
  }
}
