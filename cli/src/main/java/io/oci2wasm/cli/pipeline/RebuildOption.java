package io.oci2wasm.cli.pipeline;

import picocli.CommandLine.Option;

/** {@code --rebuild}, as all processes with a gateway have it. */
final class RebuildOption {
  @Option(
      names = "--rebuild",
      description =
          "Empty the gateway's database first and fill it anew from Kafka's topics, as after a loss"
              + " of either. The gateway is ready when that is done.")
  private boolean rebuild;

  boolean isGiven() {
    return rebuild;
  }
}
