package io.oci2wasm.net.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A port of the guest that clients reach by a port of the host.
 *
 * @param bind the host's address
 * @param hostPort 0 means any free port
 */
public record PublishedPort(IpAddress bind, int hostPort, int guestPort, boolean udp) {
  private static final Pattern WORD =
      Pattern.compile(
          "(?:(?:(?<ip>[0-9.]*|\\[[0-9a-fA-F:.]+\\]):)?(?<host>[0-9]*(?:-[0-9]+)?):)?"
              + "(?<guest>[0-9]+(?:-[0-9]+)?)(?:/(?<kind>tcp|udp))?");
  private static final IpAddress LOOPBACK = IpAddress.of(new byte[] {127, 0, 0, 1});

  /** Ports that one word may name. */
  private static final int MOST = 1024;

  private record Range(int first, int last) {
    static Range parse(String text, String word) {
      int dash = text.indexOf('-');
      OptionalInt first = Ports.parse(dash < 0 ? text : text.substring(0, dash));
      OptionalInt last = Ports.parse(text.substring(dash + 1));
      if (first.isEmpty() || last.isEmpty() || last.getAsInt() < first.getAsInt()) {
        throw wrong(word, "found ports " + text + ", expected 1 to 65535");
      }
      return new Range(first.getAsInt(), last.getAsInt());
    }

    int size() {
      return last - first + 1;
    }
  }

  /**
   * Reads docker's {@code [[IP:][HOST]:]PORT[-PORT][/tcp|udp]}. Unlike docker's, a port without an
   * address is bound to loopback.
   *
   * @throws IllegalArgumentException whose message says what is expected
   */
  public static List<PublishedPort> parse(String word) {
    Matcher matcher = WORD.matcher(word);
    if (!matcher.matches()) {
      throw wrong(word, "expected [[IP:][HOST]:]PORT[-PORT][/tcp|udp], for example 8080:80");
    }
    String ip = matcher.group("ip");
    IpAddress bind =
        ip == null || ip.isEmpty()
            ? LOOPBACK
            : IpAddress.parse(ip.startsWith("[") ? ip.substring(1, ip.length() - 1) : ip)
                .orElseThrow(() -> wrong(word, "found address " + ip + ", expected one in digits"));
    Range guest = Range.parse(matcher.group("guest"), word);
    String hostWord = matcher.group("host");
    boolean anyPort = hostWord == null || hostWord.isEmpty();
    Range host = anyPort ? guest : Range.parse(hostWord, word);
    if (host.size() != guest.size() || guest.size() > MOST) {
      throw wrong(
          word,
          String.format(
              "found %d ports of the host and %d of the container, expected as many, at most %d",
              host.size(), guest.size(), MOST));
    }
    List<PublishedPort> ports = new ArrayList<>();
    for (int i = 0; i < guest.size(); i++) {
      ports.add(
          new PublishedPort(
              bind,
              anyPort ? 0 : host.first() + i,
              guest.first() + i,
              "udp".equals(matcher.group("kind"))));
    }
    return ports;
  }

  private static IllegalArgumentException wrong(String word, String reason) {
    return new IllegalArgumentException("-p " + word + ": " + reason);
  }

  /** As docker prints it: {@code 127.0.0.1:8080->80/tcp}. */
  public String text(int port) {
    String address = bind.isV4() ? bind.toString() : "[" + bind + "]";
    return address + ":" + port + "->" + guestPort + (udp ? "/udp" : "/tcp");
  }
}
