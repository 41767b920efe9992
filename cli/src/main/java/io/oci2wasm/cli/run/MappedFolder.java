package io.oci2wasm.cli.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A folder of this machine in the container, as {@code --dir} and docker's {@code -v} name it.
 *
 * @param host here
 * @param guest its path in the container
 * @param readOnly whether the container may only read it
 */
public record MappedFolder(Path host, String guest, boolean readOnly) {
  private static final Pattern HOST_AND_GUEST = Pattern.compile("(.+):(/[^:]*)(?::(ro|rw))?");

  /**
   * {@code HOST:GUEST[:ro|rw]}.
   *
   * @throws IllegalArgumentException if it is none, or the folder is not there
   */
  public static MappedFolder ofVolume(String word) {
    Matcher matcher = HOST_AND_GUEST.matcher(word);
    if (!matcher.matches()) {
      throw malformed("-v", word, "HOST:GUEST[:ro]");
    }
    return existing("-v", word, matcher);
  }

  /**
   * The same, or {@code HOST} alone, which then has the same path in the container.
   *
   * @throws IllegalArgumentException if it is none, or the folder is not there
   */
  public static MappedFolder ofDirectory(String word) {
    Matcher matcher = HOST_AND_GUEST.matcher(word);
    if (matcher.matches()) {
      return existing("--dir", word, matcher);
    }
    if (word.contains(":")) {
      throw malformed("--dir", word, "HOST or HOST:GUEST[:ro]");
    }
    return existing("--dir", word, word, word, false);
  }

  private static IllegalArgumentException malformed(String option, String word, String expected) {
    return new IllegalArgumentException(
        String.format(
            "%s: found \"%s\", expected %s with GUEST an absolute path, for example"
                + " %s ./data:/data:ro",
            option, word, expected, option));
  }

  private static MappedFolder existing(String option, String word, Matcher matcher) {
    boolean readOnly = "ro".equals(matcher.group(3));
    return existing(option, word, matcher.group(1), matcher.group(2), readOnly);
  }

  private static MappedFolder existing(
      String option, String word, String host, String guest, boolean readOnly) {
    Path folder = Path.of(host);
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          String.format(
              "%s %s: found no folder %s; expected HOST:GUEST, its folder first",
              option, word, host));
    }
    if (guest.equals(BundleFile.DATA_FOLDER)) {
      throw new IllegalArgumentException(
          String.format(
              "%s %s: found %s, expected another path: that one is for a bundle's own data file,"
                  + " which is found beside its module",
              option, word, guest));
    }
    if (guest.equals(BundleFile.SCRATCH_FOLDER)) {
      throw new IllegalArgumentException(
          String.format(
              "%s %s: found %s, expected another path: that one is for a run's scratch disk, which"
                  + " --scratch %s makes",
              option, word, guest, host));
    }
    return new MappedFolder(folder, guest, readOnly);
  }
}
