package io.oci2wasm.ingest.source.registry;

import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.client5.http.routing.HttpRoutePlanner;

/**
 * The HTTP proxies that the Java runtime was told of ({@code https.proxyHost}, {@code
 * http.proxyHost}, {@code http.nonProxyHosts}). A proxy resolves names itself, so what a name leads
 * to is checked here as far as this machine can resolve it; the rest is up to the proxy's rules.
 */
final class Proxies {
  /** Others than this machine read more numbers as addresses than it does: octal, hexadecimal. */
  private static final Pattern NUMBER_AT_THE_END =
      Pattern.compile("(.*\\.)?([0-9]+|0[xX][0-9a-fA-F]*)\\.?");

  private final ProxySelector selector;

  Proxies(ProxySelector selector) {
    this.selector = selector;
  }

  /** For a client that goes to everything by its proxy, and to what has none directly. */
  HttpRoutePlanner planner() {
    return new SystemDefaultRoutePlanner(selector);
  }

  /** Whether a proxy connects to {@code target}, and not this machine. */
  boolean leadTo(URI target) {
    return selector.select(target).stream().anyMatch(proxy -> proxy.type() == Proxy.Type.HTTP);
  }

  /**
   * Refuses what nobody named and is internal.
   *
   * @throws InternalAddressException if the host is an internal address, or resolves to one here
   * @throws UnknownHostException if it is an address in digits that this machine cannot read
   */
  static void check(URI target, Resolver resolver) throws UnknownHostException {
    InetAddress[] addresses;
    try {
      addresses = resolver.resolve(target.getHost());
    } catch (UnknownHostException e) {
      // Behind a proxy names of the outside may be unknown.
      if (NUMBER_AT_THE_END.matcher(target.getHost()).matches()) {
        throw e;
      }
      return;
    }
    for (InetAddress address : addresses) {
      if (InternalAddresses.contain(address)) {
        throw new InternalAddressException(address);
      }
    }
  }
}
