package io.oci2wasm.cli;

import io.oci2wasm.cli.pipeline.GatewayCommand;
import io.oci2wasm.cli.pipeline.WorkerCommand;
import picocli.CommandLine.Command;

/**
 * {@code oci2wasm} in the container image of one part (images/): the other commands' libraries are
 * not there, nor those of other parts.
 */
@Command(
    name = "oci2wasm",
    description = "Runs one part of the pipeline: the one whose image this is.",
    versionProvider = OwnVersion.class,
    subcommands = {GatewayCommand.class, WorkerCommand.class})
public final class OnePart extends RootCommand {
  private OnePart() {}

  /** Ends the process with the command's exit code. */
  public static void main(String[] args) {
    System.exit(new OnePart().prepared().execute(args));
  }
}
