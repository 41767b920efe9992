package io.oci2wasm.ingest.source.registry;

import java.net.Inet6Address;
import java.net.InetAddress;

/** Addresses that only this machine or its network can reach. */
final class InternalAddresses {
  private InternalAddresses() {}

  /** Loopback, link-local, private (RFC 1918, RFC 4193, RFC 6598) and other special addresses. */
  static boolean contain(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return true;
    }
    if (address instanceof Inet6Address) {
      boolean uniqueLocal = (bytes[0] & 0xfe) == 0xfc;
      return uniqueLocal || embedsIpv4(bytes);
    }
    int first = bytes[0] & 0xff;
    int second = bytes[1] & 0xff;
    boolean thisNetwork = first == 0;
    boolean sharedCarrierSpace = first == 100 && (second & 0xc0) == 64;
    boolean benchmarking = first == 198 && (second & 0xfe) == 18;
    boolean reserved = first >= 240;
    return thisNetwork || sharedCarrierSpace || benchmarking || reserved;
  }

  /**
   * Translated or tunnelled IPv4 (RFC 6052 64:ff9b::/96, RFC 3056 2002::/16, ::a.b.c.d): no
   * registry needs them, and they hide private addresses.
   */
  private static boolean embedsIpv4(byte[] bytes) {
    boolean sixToFour = bytes[0] == 0x20 && bytes[1] == 0x02;
    boolean nat64 =
        bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == (byte) 0xff && bytes[3] == (byte) 0x9b;
    boolean compatible = true;
    for (int i = 0; i < 12; i++) {
      compatible &= bytes[i] == 0;
    }
    return sixToFour || nat64 || compatible;
  }
}
