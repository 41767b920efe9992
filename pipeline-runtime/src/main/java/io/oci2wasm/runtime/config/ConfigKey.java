package io.oci2wasm.runtime.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key of the configuration: a component of its section's record. The component's name is the
 * key's, its type says how values are read. docs/oci2wasm.reference.yaml has the same words, which
 * a test compares.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface ConfigKey {
  /** What the key is for. */
  String meaning();

  /** The value of a key that is left out, as YAML has it; empty means none. */
  String byDefault() default "";
}
