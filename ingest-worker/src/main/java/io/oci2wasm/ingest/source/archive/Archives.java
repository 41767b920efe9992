package io.oci2wasm.ingest.source.archive;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.ingest.source.ImageSource;
import io.oci2wasm.ingest.source.layout.LayoutSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens images in tar archives, plain or gzipped. */
public final class Archives {
  private Archives() {}

  /**
   * An image of an OCI layout in a tar.
   *
   * @param tag the image's name in the layout; null where there is one image
   * @throws RejectedException if {@code file} is no tar
   */
  public static ImageSource openOci(Path file, @Nullable String tag, String name)
      throws RejectedException, IOException {
    return new LayoutSource(TarFiles.open(file), tag, name);
  }

  /** An image of an archive by {@code docker save}; parameters as {@link #openOci}'s. */
  public static ImageSource openDocker(Path file, @Nullable String tag, String name)
      throws RejectedException, IOException {
    return new DockerArchiveSource(TarFiles.open(file), tag, name);
  }

  /**
   * The image of an archive that comes as a stream, in either form. All of it is read.
   *
   * @throws RejectedException if {@code archive} is no tar
   */
  public static ImageSource open(InputStream archive, String name)
      throws RejectedException, IOException {
    TarFiles files = TarFiles.copyOf(archive, name);
    return files.has(DockerManifest.FILE)
        ? new DockerArchiveSource(files, null, name)
        : new LayoutSource(files, null, name);
  }
}
