package io.oci2wasm.runtime.monitor;

import java.util.HashSet;
import java.util.Set;

/**
 * Limits the values of a label that strangers choose. A meter keeps a series for every value for
 * ever. So the first hundred values have their own, and all later ones share {@value #OTHERS}.
 * Thread-safe.
 */
public final class BoundedLabel {
  static final int MOST = 100;
  static final String OTHERS = "others";

  private final Set<String> values = new HashSet<>();

  /** The label for {@code value}: itself, or {@value #OTHERS}. */
  public synchronized String of(String value) {
    if (values.contains(value)) {
      return value;
    }
    return values.size() < MOST && values.add(value) ? value : OTHERS;
  }
}
