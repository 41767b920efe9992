package io.oci2wasm.api;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A registry's {@code HOST} or {@code HOST:PORT}, written in the one way in which names are
 * compared, kept and counted: lower case, a port without leading zeros, none where it is HTTPS's
 * own (443), and {@code docker.io} for all names of Docker Hub. {@code Registry.Example:0443} is
 * {@code registry.example}.
 */
public record RegistryName(String text) {
  private static final Pattern GRAMMAR =
      Pattern.compile(
          "(?<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\\[[0-9a-f:]+])(?::(?<port>[0-9]{1,5}))?");
  private static final int HTTPS_PORT = 443;
  private static final int MAX_PORT = 65_535;
  private static final String DOCKER_HUB = "docker.io";

  /** Docker Hub's references name another host than the one that serves them. */
  private static final Set<String> DOCKER_HUB_NAMES =
      Set.of(DOCKER_HUB, "index.docker.io", "registry-1.docker.io");

  /**
   * Reads a name, however it is written.
   *
   * @throws IllegalArgumentException if {@code text} has another form
   */
  public RegistryName {
    Matcher parts = GRAMMAR.matcher(text.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw refused("registry host: found \"" + text + "\", expected HOST or HOST:PORT");
    }
    String host = parts.group("host");
    String port = parts.group("port");
    int number = port == null ? HTTPS_PORT : Integer.parseInt(port);
    if (number < 1 || number > MAX_PORT) {
      throw refused("registry host: found port " + port + ", expected 1 to " + MAX_PORT);
    }
    // A name without dots is told from a repository's by its port alone.
    boolean plain = port == null || (number == HTTPS_PORT && isHost(host));
    String name = plain ? host : host + ":" + number;
    text = DOCKER_HUB_NAMES.contains(name) ? DOCKER_HUB : name;
  }

  private static IllegalArgumentException refused(String message) {
    return new IllegalArgumentException(message);
  }

  /** Whether the first part of an image's name can only be a registry. */
  static boolean isHost(String word) {
    return word.equalsIgnoreCase("localhost") || word.indexOf('.') >= 0 || word.indexOf(':') >= 0;
  }

  /** The one way in which {@code text} is written; text that is no name is only lower case. */
  public static String normal(String text) {
    try {
      return new RegistryName(text).text();
    } catch (IllegalArgumentException e) {
      return text.toLowerCase(Locale.ROOT);
    }
  }

  /** A pattern of names, as they are compared. */
  public static Glob normal(Glob names) {
    return new Glob(
        names.isLiteral() ? normal(names.text()) : names.text().toLowerCase(Locale.ROOT));
  }

  /** A pattern of {@code HOST[:PORT]/REPOSITORY}, as they are compared. */
  public static Glob normalImage(Glob images) {
    int slash = images.text().indexOf('/');
    return slash <= 0
        ? images
        : new Glob(
            normal(new Glob(images.text().substring(0, slash))).text()
                + images.text().substring(slash));
  }

  /** Docker Hub keeps its own images, named without a folder, in {@code library}. */
  public String repository(String name) {
    return isDockerHub() && name.indexOf('/') < 0 ? "library/" + name : name;
  }

  public boolean isDockerHub() {
    return text.equals(DOCKER_HUB);
  }

  @Override
  public String toString() {
    return text;
  }
}
