package io.oci2wasm.net.rules;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The blocks that are not the public internet (IANA's registries of special-purpose addresses). Of
 * IPv6 only 2000::/3 is public, and what NAT64 makes of public IPv4 addresses.
 */
final class SpecialAddresses {
  private static final Cidr NAT64 = Cidr.of("64:ff9b::/96");

  private static final List<Cidr> BLOCKS =
      Stream.of(
              "0.0.0.0/8", // this network
              "10.0.0.0/8", // private
              "100.64.0.0/10", // carriers' shared space
              "127.0.0.0/8", // loopback
              "169.254.0.0/16", // link-local; 169.254.169.254 has the cloud's secrets
              "172.16.0.0/12", // private
              "192.0.0.0/24", // protocols
              "192.0.2.0/24", // documentation
              "192.88.99.0/24", // relays of 6to4
              "192.168.0.0/16", // private
              "198.18.0.0/15", // benchmarks
              "198.51.100.0/24", // documentation
              "203.0.113.0/24", // documentation
              "224.0.0.0/4", // multicast
              "240.0.0.0/4", // reserved, and broadcast
              "::1/128", // loopback
              "::/96", // unspecified; ::a.b.c.d is IPv4
              "::ffff:0:0:0/96", // IPv4, translated
              "64:ff9b::/96", // NAT64
              "64:ff9b:1::/48", // NAT64 of a local network
              "2001::/23", // protocols; 2001::/32, Teredo, is IPv4
              "2001:db8::/32", // documentation
              "2002::/16", // 6to4 is IPv4
              "3fff::/20", // documentation
              "fc00::/7", // private
              "fe80::/10", // link-local
              "fec0::/10", // private, of old
              "ff00::/8", // multicast
              "::/3",
              "4000::/2",
              "8000::/1")
          .map(Cidr::of)
          .toList();

  private SpecialAddresses() {}

  /** The smallest block that {@code address} is in; empty if it is public. */
  static Optional<Cidr> blockOf(IpAddress address) {
    if (NAT64.contains(address) && blockOf(address.embeddedV4()).isEmpty()) {
      return Optional.empty();
    }
    if (isIsatap(address)) {
      return Optional.of(new Cidr(address, 128));
    }
    return BLOCKS.stream()
        .filter(block -> block.contains(address))
        .max(Comparator.comparingInt(Cidr::bits));
  }

  /** RFC 5214: …:0:5efe:a.b.c.d, a tunnel to an IPv4 address under any prefix. */
  private static boolean isIsatap(IpAddress address) {
    if (address.isV4()) {
      return false;
    }
    byte[] bytes = address.bytes();
    return (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == (byte) 0xfe;
  }
}
