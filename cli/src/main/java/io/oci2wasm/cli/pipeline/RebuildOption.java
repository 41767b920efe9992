package io.oci2wasm.cli.pipeline;

import picocli.CommandLine.Option;

/** {@code --rebuild}, as all processes with a gateway have it. */
final class RebuildOption {
  @Option(
      names = "--rebuild",
      description =
          "Compute the gateway's state again from Kafka's topics, for example after a loss of"
              + " either. Webhooks and the API go on meanwhile, with the previous state. The log"
              + " and the metric oci2wasm_state_read show the progress.")
  private boolean rebuild;

  boolean isGiven() {
    return rebuild;
  }
}
