package io.oci2wasm.net.rules;

import java.util.Optional;
import java.util.regex.Pattern;

/** A block of addresses, like {@code 10.0.0.0/8}; an address alone is a block of one. */
record Cidr(IpAddress first, int bits) {
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,3}");

  static Optional<Cidr> parse(String text) {
    int slash = text.indexOf('/');
    Optional<IpAddress> first = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
    if (first.isEmpty()) {
      return Optional.empty();
    }
    int all = first.get().isV4() ? 32 : 128;
    if (slash < 0) {
      return Optional.of(new Cidr(first.get(), all));
    }
    String length = text.substring(slash + 1);
    return NUMBER.matcher(length).matches() && Integer.parseInt(length) <= all
        ? Optional.of(new Cidr(first.get(), Integer.parseInt(length)))
        : Optional.empty();
  }

  /** One that is known to be well formed. */
  static Cidr of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException(text));
  }

  boolean contains(IpAddress address) {
    return address.startsAs(first, bits);
  }
}
