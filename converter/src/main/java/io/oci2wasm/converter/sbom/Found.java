package io.oci2wasm.converter.sbom;

import io.oci2wasm.converter.sbom.OsPackage.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gathers packages, up to a limit. */
final class Found {
  /** About three times those of Debian's largest images. */
  static final int MAX_PACKAGES = 10_000;

  private final List<OsPackage> packages = new ArrayList<>();
  private int tooMany;
  private int unreadable;

  /** Takes a package, if its name and version are ones. */
  void add(
      Kind kind,
      @Nullable String name,
      @Nullable String version,
      @Nullable String architecture,
      @Nullable String source,
      @Nullable String sourceVersion,
      @Nullable String licence) {
    String itsName = OsPackage.name(name);
    String itsVersion = OsPackage.version(version);
    if (itsName == null || itsVersion == null) {
      unreadable++;
    } else if (packages.size() >= MAX_PACKAGES) {
      tooMany++;
    } else {
      String itsSource = OsPackage.name(source);
      String versionOfSource = OsPackage.version(sourceVersion);
      packages.add(
          new OsPackage(
              kind,
              itsName,
              itsVersion,
              OsPackage.name(architecture),
              itsName.equals(itsSource) ? null : itsSource,
              itsVersion.equals(versionOfSource) ? null : versionOfSource,
              OsPackage.text(licence)));
    }
  }

  List<OsPackage> packages() {
    return packages;
  }

  /** What was left out, for people. */
  List<String> gaps() {
    List<String> gaps = new ArrayList<>();
    if (tooMany > 0) {
      gaps.add(tooMany + " packages beyond the first " + MAX_PACKAGES);
    }
    if (unreadable > 0) {
      gaps.add(unreadable + " packages whose name or version is none");
    }
    return gaps;
  }
}
