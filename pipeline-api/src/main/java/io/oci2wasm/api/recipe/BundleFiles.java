package io.oci2wasm.api.recipe;

import io.oci2wasm.api.Platform;

/** What the files of a bundle in the store are called (docs/FORMATS.md, "Split bundles"). */
public final class BundleFiles {
  private static final int ID_DIGITS = 12;

  private BundleFiles() {}

  /**
   * E.g. {@code bundle-7659a3f6084e-linux-riscv64}: what is in it, and which one.
   *
   * @param platform as {@link Platform} writes it; of others only letters, digits and dots count
   */
  public static String name(String conversionId, String platform) {
    String words = platform.replaceAll("[^A-Za-z0-9.]+", "-");
    return "bundle-" + conversionId.substring(0, ID_DIGITS) + (words.isEmpty() ? "" : "-" + words);
  }

  /** The data file beside a module of that name. */
  public static String dataName(String conversionId, String platform) {
    return name(conversionId, platform) + ".data";
  }
}
