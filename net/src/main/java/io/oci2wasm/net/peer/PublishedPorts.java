package io.oci2wasm.net.peer;

import io.oci2wasm.net.rules.PublishedPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** The host's ports, taken before the guest starts, so that one that is in use is told at once. */
public final class PublishedPorts implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final Map<PublishedPort, SelectableChannel> channels = new LinkedHashMap<>();

  private PublishedPorts() {}

  /**
   * Takes all of {@code ports} or none; one that is named twice once.
   *
   * @throws IOException whose message names the port that cannot be had
   */
  public static PublishedPorts take(List<PublishedPort> ports) throws IOException {
    PublishedPorts taken = new PublishedPorts();
    for (PublishedPort port : new LinkedHashSet<>(ports)) {
      try {
        taken.channels.put(port, bind(port));
      } catch (SocketException e) {
        taken.close();
        throw new IOException(
            String.format(
                "publishing %s: the host's port cannot be taken: %s; choose another one with -p",
                port.text(port.hostPort()), e.getMessage()),
            e);
      }
    }
    return taken;
  }

  private static SelectableChannel bind(PublishedPort port) throws IOException {
    InetSocketAddress address = new InetSocketAddress(port.bind().toInetAddress(), port.hostPort());
    SelectableChannel channel = port.udp() ? DatagramChannel.open() : ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      if (channel instanceof ServerSocketChannel server) {
        server.bind(address, BACKLOG);
      } else if (channel instanceof DatagramChannel datagrams) {
        datagrams.bind(address);
      }
    } catch (UnsupportedAddressTypeException e) {
      channel.close();
      throw new NoIpv6Exception(e);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  Map<PublishedPort, SelectableChannel> channels() {
    return channels;
  }

  /** Lines like {@code 127.0.0.1:41234->80/tcp}, of the ports that the user left open. */
  public List<String> chosen() {
    return channels.entrySet().stream()
        .filter(entry -> entry.getKey().hostPort() == 0)
        .map(entry -> entry.getKey().text(portOf(entry.getValue())))
        .toList();
  }

  /** The port of the host that leads to a port of the guest. */
  public int hostPort(PublishedPort port) {
    SelectableChannel channel = channels.get(port);
    if (channel == null) {
      throw new IllegalArgumentException(port + " is not published");
    }
    return portOf(channel);
  }

  private static int portOf(SelectableChannel channel) {
    return channel instanceof ServerSocketChannel server
        ? server.socket().getLocalPort()
        : ((DatagramChannel) channel).socket().getLocalPort();
  }

  @Override
  public void close() throws IOException {
    for (SelectableChannel channel : channels.values()) {
      channel.close();
    }
  }
}
