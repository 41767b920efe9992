package io.oci2wasm.ingest.source.registry;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;

/**
 * What a registry may send us to: blob redirects and token realms on hosts that nobody named are
 * followed over HTTPS only, and never to an address that only this machine or its network can
 * reach. Otherwise a pushed image could make us a client of internal services.
 */
final class OtherHosts {
  /** Resolves names; the JVM caches the answer, so that the connection meets the same address. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] resolve(String host) throws IOException;
  }

  private final RegistryAccess access;
  private final Resolver resolver;

  OtherHosts(RegistryAccess access, Resolver resolver) {
    this.access = access;
    this.resolver = resolver;
  }

  /**
   * Checks that {@code target}, which {@code from} sent us to, may be contacted.
   *
   * @param what what is being followed, e.g. {@code redirect}
   * @throws RejectedException {@link Reason#REGISTRY_NOT_ALLOWED}
   * @throws IOException if the host's name cannot be resolved
   */
  void check(RegistryHost from, String what, URI target) throws RejectedException, IOException {
    if (from.serves(target)) {
      return;
    }
    String host = target.getHost();
    String scheme = String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT);
    if (host == null || target.getRawUserInfo() != null) {
      throw refused(from, what, target, "an address without a plain host name", "HOST[:PORT]");
    }
    String authority = target.getRawAuthority().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !(scheme.equals("http") && access.isInsecure(authority))) {
      throw refused(from, what, target, "scheme " + scheme, "https, as the host is not insecure");
    }
    if (access.isNamed(authority)) {
      return;
    }
    for (InetAddress address : resolver.resolve(host)) {
      if (isInternal(address)) {
        throw refused(
            from,
            what,
            target,
            "the internal address " + address.getHostAddress(),
            "a public address");
      }
    }
  }

  private static RejectedException refused(
      RegistryHost from, String what, URI target, String found, String expected) {
    return new RejectedException(
        Reason.REGISTRY_NOT_ALLOWED,
        "following a "
            + what
            + " of registry "
            + from.name()
            + " to "
            + target.getScheme()
            + "://"
            + target.getRawAuthority()
            + ": found "
            + found
            + ", expected "
            + expected
            + "; allow that host by name if it is meant");
  }

  /** Loopback, link-local, private (RFC 1918, RFC 4193, RFC 6598) and other special addresses. */
  static boolean isInternal(InetAddress address) {
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
