package io.oci2wasm.ingest.source.registry;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A name leads to an address that only this machine or its network can reach. */
final class InternalAddressException extends UnknownHostException {
  private static final long serialVersionUID = 1L;

  InternalAddressException(InetAddress address) {
    super("the internal address " + address.getHostAddress());
  }
}
