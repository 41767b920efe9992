package io.oci2wasm.cli;

import io.oci2wasm.api.Platform;
import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.converter.convert.BundleOutput;
import io.oci2wasm.ingest.source.SourceReference;
import io.oci2wasm.ingest.source.SourceReference.DockerArchive;
import io.oci2wasm.ingest.source.SourceReference.DockerDaemon;
import io.oci2wasm.ingest.source.SourceReference.Layout;
import io.oci2wasm.ingest.source.SourceReference.OciArchive;
import io.oci2wasm.ingest.source.SourceReference.Registry;
import io.oci2wasm.ingest.source.SourceReference.StandardInput;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Where results are written: one file, a file for each platform in a folder, or standard output.
 */
final class Outputs {
  /** As an option: standard output. */
  static final Path STANDARD = Path.of("-");

  private final Path place;
  private final boolean folder;
  private final boolean standard;

  private Outputs(Path place, boolean folder, boolean standard) {
    this.place = place;
    this.folder = folder;
    this.standard = standard;
  }

  static Outputs file(Path file) {
    return new Outputs(file, false, false);
  }

  /** Modules in {@code folder}, which is made when the first is written. */
  static Outputs folder(Path folder) {
    return new Outputs(folder, true, false);
  }

  /** Standard output, for which the result is first written to {@code temporary}. */
  static Outputs standard(Path temporary) {
    return new Outputs(temporary, false, true);
  }

  /** Says what {@code file} is now, where it does not come between the bytes of a result. */
  void tell(CommandLine command, Platform platform, Path file, String what) {
    PrintWriter to = standard ? command.getErr() : command.getOut();
    to.println(platform + " " + (standard ? "standard output" : file) + " (" + what + ")");
    to.flush();
  }

  /**
   * Finds out before the work whether its result can be written.
   *
   * @throws IOException if a folder is missing or closed, or a folder has the file's name
   */
  void check() throws IOException {
    Path absolute = place.toAbsolutePath();
    if (!folder && Files.isDirectory(absolute)) {
      throw new IOException(
          "output " + place + ": found a folder, expected a file or no such name");
    }
    Path existing = folder ? nearest(absolute) : absolute.getParent();
    if (existing == null || !Files.isDirectory(existing)) {
      throw new IOException(
          String.format(
              "output %s: found no folder %s, expected one; make it first", place, existing));
    }
    if (!Files.isWritable(existing)) {
      throw new IOException(
          String.format("output %s: found no right to write to folder %s", place, existing));
    }
  }

  private static @Nullable Path nearest(Path path) {
    Path existing = path;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    return existing;
  }

  /** The file for {@code platform}, in a folder that exists. */
  Path of(Platform platform) throws IOException {
    if (!folder) {
      return place;
    }
    Files.createDirectories(place);
    return place.resolve(platform.toString().replace('/', '-') + ".wasm");
  }

  /** How a bundle is written to {@code file}: standard output takes one file only. */
  BundleOutput bundle(Path file, boolean split) {
    if (standard) {
      return BundleOutput.oneFile(file);
    }
    return new BundleOutput(
        file, split ? BundleOutput.Splitting.ALWAYS : BundleOutput.Splitting.ABOVE_LIMIT);
  }

  /**
   * Refuses standard output for a bundle of two files.
   *
   * @throws RejectedException if that is where the result goes
   */
  void requireFile() throws RejectedException {
    if (standard) {
      throw new RejectedException(
          Reason.BUNDLE_TOO_LARGE,
          "output -: found a bundle that is split, expected a file to write the other beside; name"
              + " one with -o");
    }
  }

  /** Hands on what was written. */
  void written(Path file) throws IOException {
    if (standard) {
      Files.copy(file, System.out);
      if (System.out.checkError()) {
        throw new IOException(
            "output -: found an error while writing, expected whoever reads to take all of it");
      }
    }
  }

  /** What an image's results are called where the user says nothing. */
  static String nameFor(SourceReference reference) {
    if (reference instanceof Registry registry) {
      String repository = registry.image().repository();
      return repository.substring(repository.lastIndexOf('/') + 1);
    }
    if (reference instanceof DockerDaemon daemon) {
      return daemon.shortName();
    }
    if (reference instanceof StandardInput) {
      return "image";
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
