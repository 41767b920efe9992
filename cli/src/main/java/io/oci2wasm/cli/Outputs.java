package io.oci2wasm.cli;

import io.oci2wasm.api.Platform;
import io.oci2wasm.ingest.source.SourceReference;
import io.oci2wasm.ingest.source.SourceReference.DockerArchive;
import io.oci2wasm.ingest.source.SourceReference.Layout;
import io.oci2wasm.ingest.source.SourceReference.OciArchive;
import io.oci2wasm.ingest.source.SourceReference.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where results are written: one file, or a file for each platform in a folder. */
final class Outputs {
  private final Path place;
  private final boolean folder;
  private final String suffix;

  private Outputs(Path place, boolean folder, String suffix) {
    this.place = place;
    this.folder = folder;
    this.suffix = suffix;
  }

  static Outputs file(Path file) {
    return new Outputs(file, false, "");
  }

  static Outputs folder(Path folder, String suffix) {
    return new Outputs(folder, true, suffix);
  }

  /** The file for {@code platform}, in a folder that exists. */
  Path of(Platform platform) throws IOException {
    if (!folder) {
      return place;
    }
    Files.createDirectories(place);
    return place.resolve(platform.toString().replace('/', '-') + suffix);
  }

  /** What an image's results are called where the user says nothing. */
  static String nameFor(SourceReference reference) {
    if (reference instanceof Registry registry) {
      String repository = registry.image().repository();
      return repository.substring(repository.lastIndexOf('/') + 1);
    }
    Path path =
        reference instanceof Layout layout
            ? layout.folder()
            : reference instanceof OciArchive archive
                ? archive.file()
                : ((DockerArchive) reference).file();
    Path name = path.toAbsolutePath().normalize().getFileName();
    return name == null ? "image" : name.toString().replaceFirst("\\.(tar|tar\\.gz|tgz)$", "");
  }
}
