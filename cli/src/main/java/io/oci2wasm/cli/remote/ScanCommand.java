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
        "Looks through a registry's catalog and tags, and has converted what was never asked for:"
            + " images that were pushed while no webhook came through.")
public final class ScanCommand implements Callable<Integer> {
  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private BatchOptions batch;

  @Override
  public Integer call() throws RefusedCallException, IOException {
    return batch.begin(batch.order("scan"));
  }
}
