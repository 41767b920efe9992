package io.oci2wasm.cli.remote;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code oci2wasm scan}: converts what a registry has and nobody asked for. */
@Command(
    name = "scan",
    mixinStandardHelpOptions = true,
    description =
        "Scans a registry's catalog and tags, and converts what was never requested: images that"
            + " were pushed while no webhook arrived.")
public final class ScanCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private BatchOptions batch;

  @Override
  public Integer call() throws RefusedCallException, IOException {
    return batch.begin(batch.order("scan"));
  }
}
