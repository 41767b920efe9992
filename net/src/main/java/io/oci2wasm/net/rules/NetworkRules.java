package io.oci2wasm.net.rules;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whom a guest may reach. Without rules nobody. Not thread-safe: it remembers what addresses it
 * gave out for a name, and only those may then be connected to.
 */
public final class NetworkRules {
  /** The address by which the guest knows the host that runs it. */
  public static final IpAddress GATEWAY = IpAddress.of(new byte[] {10, 0, 2, 2});

  /** The same by IPv6: fd00:6f32::2. */
  private static final IpAddress GATEWAY_IPV6 =
      IpAddress.of(new byte[] {(byte) 0xfd, 0, 0x6f, 0x32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});

  private static final IpAddress LOOPBACK = IpAddress.of(new byte[] {127, 0, 0, 1});
  private static final long KEPT_NANOS = 600L * 1_000_000_000;

  /** Addresses kept of one name; beyond, the oldest is forgotten. */
  private static final int MOST_KEPT = 256;

  private final boolean publicToo;
  private final List<AllowRule> allowed;
  private final Map<String, List<IpAddress>> hosts;

  /** For each name of a rule the addresses given out, with the time, oldest first. */
  private final Map<String, LinkedHashMap<IpAddress, Long>> given = new HashMap<>();

  private NetworkRules(
      boolean publicToo, List<AllowRule> allowed, Map<String, List<IpAddress>> hosts) {
    this.publicToo = publicToo;
    this.allowed = allowed;
    this.hosts = hosts;
  }

  /**
   * The rules of a command line.
   *
   * @param publicToo {@code --network bridge}: every public address
   * @param allow values of {@code --allow}
   * @param addHost values of {@code --add-host}
   * @throws IllegalArgumentException whose message names the value, and says what is expected
   */
  public static NetworkRules of(boolean publicToo, List<String> allow, List<String> addHost) {
    Map<String, List<IpAddress>> hosts = new LinkedHashMap<>();
    for (String text : addHost) {
      AddedHost host = AddedHost.parse(text);
      hosts.computeIfAbsent(host.name(), name -> new ArrayList<>()).add(host.address());
    }
    return new NetworkRules(publicToo, allow.stream().map(AllowRule::parse).toList(), hosts);
  }

  /**
   * The addresses that {@code --add-host} gives a name; they are pinned, as an answer of DNS is.
   */
  public List<IpAddress> pinned(String name) {
    return Names.parse(name).map(known -> hosts.getOrDefault(known, List.of())).orElse(List.of());
  }

  /**
   * May name servers be asked for {@code name}? Not if no answer could be used: a name that is
   * asked for carries a message to whoever serves it.
   */
  public boolean mayResolve(String name) {
    boolean addressesToo = allowed.stream().anyMatch(rule -> rule.addresses().isPresent());
    return Names.parse(name)
        .filter(
            known ->
                publicToo || addressesToo || allowed.stream().anyMatch(rule -> rule.isAbout(known)))
        .isPresent();
  }

  /**
   * What the guest is told of the {@code answers} for a name: those it may reach. A rule for a name
   * reaches public addresses only, so that whoever serves the name cannot lead inside.
   */
  public List<IpAddress> give(String name, List<IpAddress> answers, long nowNanos) {
    Optional<String> known = Names.parse(name);
    if (known.isEmpty()) {
      return List.of();
    }
    boolean named = allowed.stream().anyMatch(rule -> rule.isAbout(known.get()));
    List<IpAddress> told = new ArrayList<>();
    for (IpAddress answer : answers) {
      boolean isPublic = SpecialAddresses.blockOf(answer).isEmpty();
      if ((isPublic && (publicToo || named))
          || allowed.stream().anyMatch(rule -> rule.covers(answer))) {
        told.add(answer);
        // What a block alone permits is not remembered: the name's rule has other ports.
        if (named && isPublic) {
          remember(known.get(), answer, nowNanos);
        }
      }
    }
    return told;
  }

  private void remember(String name, IpAddress address, long nowNanos) {
    LinkedHashMap<IpAddress, Long> addresses =
        given.computeIfAbsent(name, unused -> new LinkedHashMap<>());
    addresses.remove(address);
    addresses.put(address, nowNanos);
    Iterator<IpAddress> oldest = addresses.keySet().iterator();
    while (addresses.size() > MOST_KEPT) {
      oldest.next();
      oldest.remove();
    }
  }

  /**
   * Where a connection of the guest to an address leads. The socket must be connected to exactly
   * this, without asking for a name again.
   *
   * @return empty if the rules forbid it
   */
  public Optional<InetSocketAddress> target(IpAddress address, int port, long nowNanos) {
    if (port == 0) {
      return Optional.empty();
    }
    boolean byName =
        allowed.stream()
            .filter(rule -> rule.allowsPort(port))
            .anyMatch(rule -> rule.name().filter(name -> has(name, address, nowNanos)).isPresent());
    if (address.equals(GATEWAY) || address.equals(GATEWAY_IPV6)) {
      boolean withPort =
          allowed.stream()
              .filter(rule -> rule.port() == port)
              .anyMatch(
                  rule ->
                      rule.isAbout(AllowRule.HOST_GATEWAY)
                          || rule.name()
                              .filter(name -> pinned(name).contains(GATEWAY))
                              .isPresent());
      return withPort
          ? Optional.of(new InetSocketAddress(LOOPBACK.toInetAddress(), port))
          : Optional.empty();
    }
    boolean byAddress =
        allowed.stream().anyMatch(rule -> rule.allowsPort(port) && rule.covers(address));
    boolean asPublic = publicToo && SpecialAddresses.blockOf(address).isEmpty();
    return byName || byAddress || asPublic
        ? Optional.of(new InetSocketAddress(address.toInetAddress(), port))
        : Optional.empty();
  }

  private boolean has(String name, IpAddress address, long nowNanos) {
    Long since = given.getOrDefault(name, new LinkedHashMap<>()).get(address);
    return pinned(name).contains(address) || (since != null && nowNanos - since < KEPT_NANOS);
  }
}
