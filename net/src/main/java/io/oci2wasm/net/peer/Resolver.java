package io.oci2wasm.net.peer;

import io.oci2wasm.net.rules.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the addresses of names. May wait long. */
@FunctionalInterface
public interface Resolver {
  /**
   * All addresses of {@code name}, of both families.
   *
   * @throws UnknownHostException if there is no such name
   * @throws IOException if it could not be found out
   */
  List<IpAddress> resolve(String name) throws IOException;

  /** Who knows records that are no addresses; empty: nobody. */
  default Optional<RecordSource> records() {
    return Optional.empty();
  }

  /** As this machine does it. */
  static Resolver ofMachine() {
    return name -> {
      try {
        return Stream.of(InetAddress.getAllByName(name)).map(IpAddress::of).toList();
      } catch (UnknownHostException e) {
        // Also thrown where no server has answered: these tell which it is.
        return NameServers.OF_MACHINE.resolve(name);
      }
    };
  }

  /** These name servers instead of the machine's; no files. */
  static Resolver ofServers(List<IpAddress> servers) {
    return NameServers.of(servers);
  }
}
