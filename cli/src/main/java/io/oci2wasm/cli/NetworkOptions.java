package io.oci2wasm.cli;

import io.oci2wasm.net.peer.PublishedPorts;
import io.oci2wasm.net.peer.Resolver;
import io.oci2wasm.net.rules.IpAddress;
import io.oci2wasm.net.rules.NetworkRules;
import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The container's network, in docker's words (docs/NETWORK.md). */
final class NetworkOptions {
  /** What EXPOSE may name: ports of the container, no address or port of this machine. */
  private static final Pattern EXPOSED = Pattern.compile("\\d+(-\\d+)?(/tcp|/udp)?");

  /** Whom a container may reach. */
  enum Network {
    NONE,
    BRIDGE
  }

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = {"-p", "--publish"},
      paramLabel = "[[IP:][HOST]:]PORT[-PORT][/tcp|udp]",
      description =
          "Publish a port of the container, on 127.0.0.1 unless IP says otherwise. May be"
              + " repeated.")
  private List<String> published = List.of();

  @Option(
      names = {"-P", "--publish-all"},
      description = "Publish the ports of the image's EXPOSE on free ports of 127.0.0.1.")
  private boolean publishAll;

  @Option(
      names = "--network",
      paramLabel = "none|bridge",
      description = "bridge: the container may connect to public addresses. Default: none.")
  private Network network = Network.NONE;

  @Option(
      names = "--allow",
      paramLabel = "HOST|CIDR[:PORT]",
      description = "The container may connect there, too. May be repeated.")
  private List<String> allowed = List.of();

  @Option(
      names = "--add-host",
      paramLabel = "NAME:IP",
      description =
          "Another name the container knows; IP may be host-gateway, this machine. May be"
              + " repeated.")
  private List<String> hosts = List.of();

  @Option(
      names = "--dns",
      paramLabel = "IP",
      description = "Ask this name server instead of the machine's. May be repeated.")
  private List<String> nameServers = List.of();

  @Option(
      names = "--dns-search",
      paramLabel = "DOMAIN",
      description = "Complete short names with this domain. May be repeated.")
  private List<String> searched = List.of();

  /** Is there anything that only a network can give? */
  boolean isWanted() {
    return publishAll
        || network == Network.BRIDGE
        || !published.isEmpty()
        || !allowed.isEmpty()
        || !hosts.isEmpty()
        || !nameServers.isEmpty()
        || !searched.isEmpty();
  }

  NetworkRules rules() {
    try {
      return NetworkRules.of(network == Network.BRIDGE, allowed, hosts);
    } catch (IllegalArgumentException e) {
      throw wrong(e);
    }
  }

  Resolver resolver() {
    List<IpAddress> servers = new ArrayList<>();
    for (String word : nameServers) {
      servers.add(
          IpAddress.parse(word)
              .orElseThrow(
                  () ->
                      wrong(
                          new IllegalArgumentException(
                              "--dns " + word + ": expected an address in digits"))));
    }
    return servers.isEmpty() ? Resolver.ofMachine() : Resolver.ofServers(servers);
  }

  /**
   * Takes the ports of this machine.
   *
   * @param exposed what the image exposes, as {@code 80/tcp}
   * @throws IOException if one is in use
   */
  PublishedPorts takePorts(List<String> exposed) throws IOException {
    List<PublishedPort> ports = new ArrayList<>();
    try {
      published.forEach(word -> ports.addAll(PublishedPort.parse(word)));
      if (publishAll) {
        exposed.stream()
            .filter(EXPOSED.asMatchPredicate())
            .forEach(word -> ports.addAll(PublishedPort.parse(word)));
      }
    } catch (IllegalArgumentException e) {
      throw wrong(e);
    }
    PublishedPorts taken = PublishedPorts.take(ports);
    taken
        .chosen()
        .forEach(port -> spec.commandLine().getErr().println("oci2wasm: published " + port));
    return taken;
  }

  /** What the engine is told of it. */
  List<String> engineWords() {
    List<String> words = new ArrayList<>();
    hosts.forEach(host -> words.add("--add-host=" + host));
    searched.forEach(domain -> words.add("--dns-search=" + domain));
    return words;
  }

  private ParameterException wrong(IllegalArgumentException e) {
    return new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
  }
}
