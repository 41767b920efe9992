package io.oci2wasm.converter.bundle;

import io.oci2wasm.api.Reason;
import io.oci2wasm.api.RejectedException;
import io.oci2wasm.api.Sha256Digest;
import io.oci2wasm.api.oci.ImageConfig;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tells the guest's init what to run, as records {@code key=value}, each ended by a NUL
 * (docs/FORMATS.md, "Launch description"). Example: {@code oci2wasm-launch=1 entrypoint=/bin/sh
 * cmd=-c cmd=date}.
 */
public final class LaunchDescription {
  private static final String VERSION = "1";

  private final ByteArrayOutputStream records = new ByteArrayOutputStream();
  private final Sha256Digest config;

  private LaunchDescription(Sha256Digest config) {
    this.config = config;
  }

  /**
   * The description that {@code execution} of an image's config asks for.
   *
   * @param config the config's digest, for messages
   * @throws RejectedException if a value holds a NUL, which no process can be given
   */
  public static byte[] of(ImageConfig.Execution execution, Sha256Digest config)
      throws RejectedException {
    LaunchDescription launch = new LaunchDescription(config);
    launch.add("oci2wasm-launch", VERSION);
    launch.addAll("entrypoint", execution.entrypoint());
    launch.addAll("cmd", execution.cmd());
    launch.addAll("env", execution.env());
    launch.addUnlessEmpty("workdir", execution.workingDir());
    launch.addUnlessEmpty("user", execution.user());
    launch.addUnlessEmpty("stopsignal", execution.stopSignal());
    launch.addAll("volume", List.copyOf(execution.volumePaths()));
    launch.addAll("expose", List.copyOf(execution.exposedPortNames()));
    return launch.records.toByteArray();
  }

  private void addAll(String key, List<String> values) throws RejectedException {
    for (String value : values) {
      add(key, value);
    }
  }

  private void addUnlessEmpty(String key, String value) throws RejectedException {
    if (!value.isEmpty()) {
      add(key, value);
    }
  }

  private void add(String key, String value) throws RejectedException {
    if (value.indexOf('\0') >= 0) {
      throw new RejectedException(
          Reason.MANIFEST_INVALID,
          String.format(
              "reading what image config %s runs, %s: found a NUL in a value, expected text"
                  + " without; correct the image's config",
              config, key));
    }
    records.writeBytes((key + "=" + value + "\0").getBytes(StandardCharsets.UTF_8));
  }
}
