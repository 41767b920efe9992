package io.oci2wasm.gateway.identity;

import java.util.regex.Pattern;

/**
 * Who calls the API.
 *
 * @param name 1 to 64 of letters, digits and {@code . _ @ -}; it stands in the audit log
 */
public record Caller(String name, Role role) {
  /** What a name is, in words. */
  public static final String EXPECTED_NAME = "1 to 64 of letters, digits and . _ @ -";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,64}");

  /** Everybody, where no token is configured. */
  static final Caller ANYONE = new Caller("anyone", Role.ADMIN);

  /** Who has the one token of {@code gateway.apiTokenFile}. */
  static final Caller TOKEN = new Caller("api-token", Role.ADMIN);

  /**
   * A caller.
   *
   * @throws IllegalArgumentException if the name is no such word
   */
  public Caller {
    if (!isName(name)) {
      throw new IllegalArgumentException("name: found \"" + name + "\", expected " + EXPECTED_NAME);
    }
  }

  /** Whether a caller may be called so. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }
}
