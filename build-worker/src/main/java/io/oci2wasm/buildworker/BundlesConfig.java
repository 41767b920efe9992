package io.oci2wasm.buildworker;

import io.oci2wasm.api.Materialize;
import io.oci2wasm.runtime.config.ConfigFile;
import io.oci2wasm.runtime.config.ConfigKey;

/** How bundles are stored. */
public record BundlesConfig(
    @ConfigKey(
            meaning =
                "always: beside each recipe the module is stored as bundle.wasm, for those who "
                    + "read the bucket themselves. never: it is put together when somebody asks "
                    + "the gateway for it. A rule of conversion.rules may say otherwise.",
            byDefault = "never")
        Materialize materialize) {
  public static final BundlesConfig DEFAULT = ConfigFile.defaults(BundlesConfig.class);
}
