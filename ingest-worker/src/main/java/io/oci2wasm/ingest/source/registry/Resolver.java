package io.oci2wasm.ingest.source.registry;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;

/** Resolves names. */
@FunctionalInterface
interface Resolver {
  InetAddress[] resolve(String host) throws UnknownHostException;

  /**
   * This resolver for an HTTP client, which connects to the very addresses that it is given here: a
   * name that resolves otherwise a moment later ("DNS rebinding") changes nothing.
   *
   * @param publicOnly refuses names of which any address is internal
   */
  default DnsResolver forClient(boolean publicOnly) {
    return new DnsResolver() {
      @Override
      public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = Resolver.this.resolve(host);
        for (InetAddress address : addresses) {
          if (publicOnly && InternalAddresses.contain(address)) {
            throw new InternalAddressException(address);
          }
        }
        return addresses;
      }

      @Override
      public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
        return Stream.of(resolve(host)).map(ip -> new InetSocketAddress(ip, port)).toList();
      }

      @Override
      public String resolveCanonicalHostname(String host) {
        return host;
      }
    };
  }
}
