package io.oci2wasm.converter.sbom;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Comparator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An installed package.
 *
 * @param source name of what it was built from, if that is another
 * @param sourceVersion its version, if that is another
 * @param licence in the package's words
 */
@JsonPropertyOrder({
  "kind",
  "name",
  "version",
  "architecture",
  "source",
  "sourceVersion",
  "licence"
})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record OsPackage(
    Kind kind,
    String name,
    String version,
    @Nullable String architecture,
    @Nullable String source,
    @Nullable String sourceVersion,
    @Nullable String licence)
    implements Comparable<OsPackage> {
  /** Characters of a value. */
  static final int MAX_LENGTH = 128;

  private static final Comparator<OsPackage> ORDER =
      Comparator.comparing(OsPackage::kind)
          .thenComparing(OsPackage::name)
          .thenComparing(OsPackage::version)
          .thenComparing(OsPackage::architecture, Comparator.nullsFirst(String::compareTo))
          .thenComparing(OsPackage::source, Comparator.nullsFirst(String::compareTo))
          .thenComparing(OsPackage::sourceVersion, Comparator.nullsFirst(String::compareTo))
          .thenComparing(OsPackage::licence, Comparator.nullsFirst(String::compareTo));

  /** Debian's policy, section 5.6; abuild's APKBUILD(5). */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9+._-]*");

  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9+.:~_-]*");

  /** Printable ASCII. */
  private static final Pattern TEXT = Pattern.compile("[ -~]+");

  /** Which package manager installed it. */
  public enum Kind {
    @JsonProperty("apk")
    APK,
    @JsonProperty("deb")
    DEB
  }

  /** What {@code value} is, if it can be a package's or architecture's name; else null. */
  static @Nullable String name(@Nullable String value) {
    return matching(NAME, value);
  }

  /** What {@code value} is, if it can be a version; else null. */
  static @Nullable String version(@Nullable String value) {
    return matching(VERSION, value);
  }

  /** What {@code value} is, if it can be read by a person; else null. */
  static @Nullable String text(@Nullable String value) {
    return matching(TEXT, value);
  }

  private static @Nullable String matching(Pattern pattern, @Nullable String value) {
    return value != null && value.length() <= MAX_LENGTH && pattern.matcher(value).matches()
        ? value
        : null;
  }

  @Override
  public int compareTo(OsPackage other) {
    return ORDER.compare(this, other);
  }
}
