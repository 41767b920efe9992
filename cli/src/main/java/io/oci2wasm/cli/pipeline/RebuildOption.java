package io.oci2wasm.cli.pipeline;

import picocli.CommandLine.Option;

/** {@code --rebuild}, as all processes with a gateway have it. */
final class RebuildOption {
  @Option(
      names = "--rebuild",
      description =
          "Compute what the gateway shows anew from Kafka's topics, as after a loss of either."
              + " Webhooks and the API go on meanwhile, with what was shown before. The log and the"
              + " metric oci2wasm_state_read tell how far it is.")
  private boolean rebuild;

  boolean isGiven() {
    return rebuild;
  }
}
