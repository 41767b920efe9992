package io.oci2wasm.buildworker;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;
import java.util.Locale;

/** How bundles are stored. */
public record BundlesConfig(
    @ConfigKey(
            meaning =
                "always: beside each recipe the module is stored as bundle.wasm, for those who "
                    + "read the bucket themselves. never: it is put together when somebody asks "
                    + "the gateway for it.",
            byDefault = "never")
        Materialize materialize) {
  public static final BundlesConfig DEFAULT = ConfigFile.defaults(BundlesConfig.class);

  /** Whether modules are stored beside their recipes. */
  public enum Materialize {
    NEVER,
    ALWAYS;

    /**
     * Reads the word used in the configuration.
     *
     * @throws IllegalArgumentException for any other
     */
    @JsonCreator
    public static Materialize parse(String text) {
      for (Materialize one : values()) {
        if (one.toString().equals(text)) {
          return one;
        }
      }
      throw new IllegalArgumentException("found \"" + text + "\", expected never or always");
    }

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
