package io.oci2wasm.converter.convert;

import io.oci2wasm.converter.bundle.BundleWriter;
import java.nio.file.Path;

/**
 * Where a bundle goes, and whether it may be two files there (docs/FORMATS.md, "Split bundles").
 */
public record BundleOutput(Path module, Splitting splitting) {
  private static final String MODULE_SUFFIX = ".wasm";
  private static final String DATA_SUFFIX = ".data";

  /** When a bundle is split. */
  public enum Splitting {
    NEVER,
    /** If it would be larger than {@link BundleWriter#MAX_MODULE_BYTES}. */
    ABOVE_LIMIT,
    ALWAYS
  }

  /** A bundle in one file, whatever its size. */
  public static BundleOutput oneFile(Path module) {
    return new BundleOutput(module, Splitting.NEVER);
  }

  /** The name of the data file beside the module: {@code app.data} for {@code app.wasm}. */
  public String dataName() {
    String name = String.valueOf(module.getFileName());
    return (name.endsWith(MODULE_SUFFIX)
            ? name.substring(0, name.length() - MODULE_SUFFIX.length())
            : name)
        + DATA_SUFFIX;
  }

  /** The data file, beside the module. */
  public Path data() {
    return module.resolveSibling(dataName());
  }
}
