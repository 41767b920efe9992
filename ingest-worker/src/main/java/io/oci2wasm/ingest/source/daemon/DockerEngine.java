package io.oci2wasm.ingest.source.daemon;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.archive.Archives;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A docker engine, by its socket. It is asked for an archive as {@code docker save} writes it
 * (Docker Engine API, {@code GET /images/{name}/get}), in HTTP/1.0: the answer is then neither in
 * chunks nor followed by another, and a library for it would be more than what is here. Podman's
 * socket answers the same.
 */
public record DockerEngine(Path socket) {
  private static final String HOST = "DOCKER_HOST";
  private static final String UNIX = "unix://";
  private static final Path USUAL = Path.of("/var/run/docker.sock");

  /**
   * The engine that docker's own command would ask.
   *
   * @throws RejectedException if that is not on this machine
   */
  public static DockerEngine of(Map<String, String> environment) throws RejectedException {
    String host = environment.getOrDefault(HOST, "");
    if (host.isEmpty()) {
      return new DockerEngine(USUAL);
    }
    if (!host.startsWith(UNIX)) {
      throw new RejectedException(
          Reason.NOT_FOUND,
          String.format(
              "reading %s: found \"%s\", expected unix:///PATH, as only an engine's socket on this"
                  + " machine is used; docker save IMAGE | oci2wasm convert - takes any engine's",
              HOST, host));
    }
    return new DockerEngine(Path.of(host.substring(UNIX.length())));
  }

  /**
   * An image that the engine has. All of it is read.
   *
   * @param image as docker names it
   * @throws RejectedException if the engine has no such image
   * @throws IOException if there is no engine, or it fails
   */
  public ImageSource open(String image) throws RejectedException, IOException {
    String what = "docker-daemon:" + image;
    if (!Files.exists(socket)) {
      throw new IOException(
          String.format(
              "reading %s: found no socket %s, expected a docker engine's; start the engine, or"
                  + " name its socket by DOCKER_HOST=unix:///PATH",
              what, socket));
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      connect(channel, what);
      ByteBuffer request =
          ByteBuffer.wrap(
              ("GET /images/" + image + "/get HTTP/1.0\r\nHost: docker\r\n\r\n")
                  .getBytes(US_ASCII));
      while (request.hasRemaining()) {
        channel.write(request);
      }
      InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
      AnswerHead head = AnswerHead.read(in, socket);
      if (head.status() != AnswerHead.OK) {
        throw refused(head, in, image);
      }
      return Archives.open(in, what);
    }
  }

  private void connect(SocketChannel channel, String what) throws IOException {
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      throw new IOException(
          String.format(
              "reading %s: found that socket %s cannot be used (%s), expected a docker engine's"
                  + " that this user may use; start the engine, or join its group",
              what, socket, e.getMessage()),
          e);
    }
  }

  private IOException refused(AnswerHead head, InputStream in, String image)
      throws RejectedException, IOException {
    String message = AnswerHead.message(in);
    if (head.status() == AnswerHead.NOT_FOUND) {
      throw new RejectedException(
          Reason.NOT_FOUND,
          String.format(
              "looking for image %s in the engine at %s: found none (%s), expected one; docker pull"
                  + " it, or see docker images",
              image, socket, message));
    }
    return new IOException(
        String.format(
            "reading image %s of the engine at %s: found status %s (%s), expected 200",
            image, socket, head.status(), message));
  }
}
