package io.oci2wasm.ingest.source;

import io.oci2wasm.api.ImageReference;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.archive.Archives;
import io.oci2wasm.ingest.source.daemon.DockerEngine;
import io.oci2wasm.ingest.source.layout.LayoutFolder;
import io.oci2wasm.ingest.source.layout.LayoutSource;
import io.oci2wasm.ingest.source.registry.RegistryClient;
import io.oci2wasm.ingest.source.registry.RegistrySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The name of an image as users write it, with skopeo's words for the kinds of places. */
public sealed interface SourceReference {
  /**
   * Reads {@code [docker://]HOST/REPO[:TAG|@DIGEST]}, {@code oci:DIR[:TAG]}, {@code
   * oci-archive:FILE[:TAG]}, {@code docker-archive:FILE[:TAG]}, {@code docker-daemon:NAME[:TAG]},
   * or {@code -} for an archive of either kind on standard input. A path may contain colons as long
   * as it exists: the shortest existing path before a colon is taken.
   *
   * @throws IllegalArgumentException if {@code text} has another form, or its path does not exist
   */
  static SourceReference parse(String text) {
    if (text.equals(StandardInput.NAME)) {
      return new StandardInput();
    }
    if (text.startsWith("docker://")) {
      return new Registry(ImageReference.parse(text.substring("docker://".length())));
    }
    int colon = text.indexOf(':');
    String kind = colon < 0 ? "" : text.substring(0, colon);
    String rest = text.substring(colon + 1);
    return switch (kind) {
      case "oci" -> {
        PathAndTag place = PathAndTag.parse(text, rest, "folder", Files::isDirectory);
        yield new Layout(place.path(), place.tag());
      }
      case "oci-archive" -> {
        PathAndTag place = PathAndTag.parse(text, rest, "file", Files::isRegularFile);
        yield new OciArchive(place.path(), place.tag());
      }
      case "docker-archive" -> {
        PathAndTag place = PathAndTag.parse(text, rest, "file", Files::isRegularFile);
        yield new DockerArchive(place.path(), place.tag());
      }
      case "docker-daemon" -> new DockerDaemon(rest);
      default -> registry(text);
    };
  }

  private static SourceReference registry(String text) {
    try {
      return new Registry(ImageReference.parse(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format("image \"%s\": %s; %s", text, e.getMessage(), likely(text)), e);
    }
  }

  /** What was probably meant. */
  private static String likely(String text) {
    if (Files.isRegularFile(Path.of(text))) {
      return String.format("a file is docker-archive:%s or oci-archive:%s", text, text);
    }
    if (Files.isDirectory(Path.of(text))) {
      return "a folder is oci:" + text;
    }
    String onDockerHub = "docker.io/" + (text.indexOf('/') < 0 ? "library/" : "") + text;
    return (isReference(onDockerHub) ? "Docker Hub's is " + onDockerHub + "; " : "")
        + "other forms are oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:TAG],"
        + " docker-daemon:NAME[:TAG] and -";
  }

  private static boolean isReference(String text) {
    try {
      ImageReference.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Opens the image.
   *
   * @param client asked for only where a registry is meant
   * @throws RejectedException if it cannot be an image
   * @throws IOException if it cannot be read
   */
  ImageSource open(Supplier<RegistryClient> client) throws RejectedException, IOException;

  /** An image in a registry. */
  record Registry(ImageReference image) implements SourceReference {
    @Override
    public ImageSource open(Supplier<RegistryClient> client) {
      return RegistrySource.open(image, client.get());
    }

    @Override
    public String toString() {
      return image.toString();
    }
  }

  /** An image in an OCI layout. */
  record Layout(Path folder, @Nullable String tag) implements SourceReference {
    @Override
    public ImageSource open(Supplier<RegistryClient> client) {
      return new LayoutSource(new LayoutFolder(folder), tag, toString());
    }

    @Override
    public String toString() {
      return PathAndTag.write("oci", folder, tag);
    }
  }

  /** An image in an OCI layout in a tar. */
  record OciArchive(Path file, @Nullable String tag) implements SourceReference {
    @Override
    public ImageSource open(Supplier<RegistryClient> client) throws RejectedException, IOException {
      return Archives.openOci(file, tag, toString());
    }

    @Override
    public String toString() {
      return PathAndTag.write("oci-archive", file, tag);
    }
  }

  /** An image in an archive by {@code docker save}. */
  record DockerArchive(Path file, @Nullable String tag) implements SourceReference {
    @Override
    public ImageSource open(Supplier<RegistryClient> client) throws RejectedException, IOException {
      return Archives.openDocker(file, tag, toString());
    }

    @Override
    public String toString() {
      return PathAndTag.write("docker-archive", file, tag);
    }
  }

  /**
   * An image in a docker engine on this machine: a name with or without tag or digest, or an id.
   */
  record DockerDaemon(String image) implements SourceReference {
    private static final Pattern NAME =
        Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]*(:[A-Za-z0-9._/:-]+)?(@sha256:[0-9a-f]{64})?");

    private static final Pattern ID = Pattern.compile("[0-9a-f]{12}|[0-9a-f]{64}");

    public DockerDaemon {
      if (!NAME.matcher(image).matches()) {
        throw new IllegalArgumentException(
            String.format(
                "image \"docker-daemon:%s\": expected docker-daemon:NAME[:TAG], as docker names"
                    + " it",
                image));
      }
      if (repository(image).equals(image) && !ID.matcher(image).matches()) {
        // Without a tag docker would give all images of the name.
        image = image + ":latest";
      }
    }

    private static String repository(String image) {
      String name = image.replaceFirst("@.*", "");
      int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
      return colon < 0 ? name : name.substring(0, colon);
    }

    /** The name's last part, without tag and digest. */
    public String shortName() {
      String repository = repository(image);
      return repository.substring(repository.lastIndexOf('/') + 1);
    }

    @Override
    public ImageSource open(Supplier<RegistryClient> client) throws RejectedException, IOException {
      return DockerEngine.of(System.getenv()).open(image);
    }

    @Override
    public String toString() {
      return "docker-daemon:" + image;
    }
  }

  /** An image in an archive on standard input, of either kind. */
  record StandardInput() implements SourceReference {
    private static final String NAME = "-";

    @Override
    public ImageSource open(Supplier<RegistryClient> client) throws RejectedException, IOException {
      return Archives.open(System.in, "standard input");
    }

    @Override
    public String toString() {
      return NAME;
    }
  }

  /** {@code PATH[:TAG]}. */
  record PathAndTag(Path path, @Nullable String tag) {
    static PathAndTag parse(String whole, String text, String what, Predicate<Path> exists) {
      for (int colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
        Path path = Path.of(text.substring(0, colon));
        if (colon > 0 && exists.test(path)) {
          return new PathAndTag(path, tag(whole, text.substring(colon + 1)));
        }
      }
      Path path = Path.of(text);
      if (text.isEmpty() || !exists.test(path)) {
        throw new IllegalArgumentException(
            "image \"" + whole + "\": found no such " + what + ", expected an existing one");
      }
      return new PathAndTag(path, null);
    }

    private static String tag(String whole, String tag) {
      if (tag.isEmpty()) {
        throw new IllegalArgumentException(
            "image \"" + whole + "\": found nothing after the last colon, expected a tag");
      }
      return tag;
    }

    static String write(String kind, Path path, @Nullable String tag) {
      return tag == null ? kind + ":" + path : kind + ":" + path + ":" + tag;
    }
  }
}
