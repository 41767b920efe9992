package io.oci2wasm.net.peer;

import io.oci2wasm.net.rules.IpAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/** Finds the addresses of names. May wait long. */
@FunctionalInterface
public interface Resolver {
  /**
   * All addresses of {@code name}, of both families.
   *
   * @throws UnknownHostException if there is no such name
   */
  List<IpAddress> resolve(String name) throws UnknownHostException;

  /** As this machine does it. */
  static Resolver ofMachine() {
    return name -> Stream.of(InetAddress.getAllByName(name)).map(IpAddress::of).toList();
  }
}
