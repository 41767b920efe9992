package io.oci2wasm.runtime.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why a file cannot be read, in words: Java says much of it only by the exception's type. */
final class Unreadable {
  private Unreadable() {}

  static String why(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "cannot be read: found none, expected one; check its name";
    }
    if (e instanceof AccessDeniedException) {
      return "cannot be read: found no right to; check its owner and mode";
    }
    return "cannot be read: "
        + (e.getMessage() == null ? "the system gives no reason" : e.getMessage());
  }
}
