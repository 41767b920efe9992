package io.oci2wasm.net.rules;

import java.util.Optional;

/** One {@code --add-host}: a name and its address. */
public record AddedHost(String name, IpAddress address) {
  /**
   * Reads {@code NAME:IP}; the address may be {@code host-gateway}.
   *
   * @throws IllegalArgumentException whose message says what is expected
   */
  public static AddedHost parse(String text) {
    int colon = text.indexOf(':');
    String address = text.substring(colon + 1);
    Optional<String> name = Names.parse(text.substring(0, Math.max(colon, 0)));
    Optional<IpAddress> parsed =
        address.equals(AllowRule.HOST_GATEWAY)
            ? Optional.of(NetworkRules.GATEWAY)
            : IpAddress.parse(address);
    if (name.isEmpty() || parsed.isEmpty()) {
      throw new IllegalArgumentException(
          "--add-host "
              + text
              + ": expected NAME:IP or NAME:host-gateway, for example db:10.1.2.3");
    }
    return new AddedHost(name.get(), parsed.get());
  }
}
