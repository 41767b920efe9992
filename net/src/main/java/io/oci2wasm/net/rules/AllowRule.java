package io.oci2wasm.net.rules;

import java.util.Optional;

/**
 * One {@code --allow}.
 *
 * @param name the name it is about, in lower case; empty if it is about addresses
 * @param addresses the addresses; empty if it is about a name
 * @param port 0 means every port
 */
record AllowRule(Optional<String> name, Optional<Cidr> addresses, int port) {
  /** The name of the host that runs the guest. */
  static final String HOST_GATEWAY = "host-gateway";

  private static final String EXPECTED =
      "expected HOST[:PORT] or CIDR[:PORT], for example registry.example:443, 10.1.2.0/24 or"
          + " [fd00::1]:5432";

  /**
   * Reads {@code HOST[:PORT]} or {@code CIDR[:PORT]}; an IPv6 address with a port is in brackets.
   *
   * @throws IllegalArgumentException whose message says what is expected
   */
  static AllowRule parse(String text) {
    String host = text;
    String port = "";
    int bracket = text.indexOf(']');
    int colon = text.lastIndexOf(':');
    if (text.startsWith("[") && bracket > 0) {
      int end = text.indexOf(':', bracket);
      host =
          text.substring(1, bracket) + text.substring(bracket + 1, end < 0 ? text.length() : end);
      port = end < 0 ? "" : text.substring(end + 1);
    } else if (colon >= 0 && text.indexOf(':') == colon) {
      host = text.substring(0, colon);
      port = text.substring(colon + 1);
    }
    boolean hasPort = host.length() + (text.startsWith("[") ? 2 : 0) < text.length();
    int number = hasPort ? Ports.parse(port).orElseThrow(() -> wrong(text)) : 0;
    Optional<Cidr> addresses = Cidr.parse(host);
    if (addresses.isPresent()) {
      return new AllowRule(Optional.empty(), addresses, number);
    }
    String name = Names.parse(host).orElseThrow(() -> wrong(text));
    if (name.equals(HOST_GATEWAY) && number == 0) {
      throw new IllegalArgumentException(
          "--allow " + text + ": found no port, expected host-gateway:PORT");
    }
    return new AllowRule(Optional.of(name), Optional.empty(), number);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException("--allow " + text + ": " + EXPECTED);
  }

  boolean isAbout(String other) {
    return name.isPresent() && name.get().equals(other);
  }

  boolean allowsPort(int other) {
    return port == 0 || port == other;
  }

  /**
   * Does it name {@code address}? A block names special addresses only if it is a part of their
   * block: who allows 0.0.0.0/0 does not mean loopback.
   */
  boolean covers(IpAddress address) {
    return addresses.isPresent()
        && addresses.get().contains(address)
        && SpecialAddresses.blockOf(address)
            .map(block -> addresses.get().bits() >= block.bits())
            .orElse(true);
  }
}
