package io.oci2wasm.net.netp;

/** A message that the rules of netp forbid: whoever sends it is not to be trusted any further. */
public final class BrokenRuleException extends Exception {
  /** What was found, and what was expected. */
  public BrokenRuleException(String message) {
    super(message);
  }
}
