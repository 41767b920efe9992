package io.oci2wasm.api.event;

/** Messages quote what was found, and what is found may be as long as a stranger likes. */
final class Messages {
  static final int MAX_LENGTH = 1000;

  private Messages() {}

  /** The message, its middle left out if it is too long for an event. */
  static String bounded(String message) {
    if (message.length() <= MAX_LENGTH) {
      return message;
    }
    int half = MAX_LENGTH / 2;
    return message.substring(0, half - 3) + " … " + message.substring(message.length() - half);
  }
}
