package io.oci2wasm.cli;

import io.oci2wasm.api.RejectedException;
import io.oci2wasm.cli.remote.RefusedCallException;
import io.oci2wasm.runtime.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns what went wrong into one line and an exit code; with {@code -v} the trace follows. */
final class Failures implements IExecutionExceptionHandler {
  private final BooleanSupplier verbose;

  Failures(BooleanSupplier verbose) {
    this.verbose = verbose;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    int code = codeOf(e);
    if (isEnding() && !verbose.getAsBoolean()) {
      return code;
    }
    err.println("oci2wasm: " + (code == ExitCodes.INTERNAL ? "a defect: " + e : message(e)));
    if (verbose.getAsBoolean() || code == ExitCodes.INTERNAL) {
      e.printStackTrace(err);
    }
    return code;
  }

  /** Whether a signal is ending this process. What fails meanwhile, fails for that reason. */
  private static boolean isEnding() {
    Thread probe = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private static int codeOf(Exception e) {
    if (e instanceof RejectedException || e instanceof RefusedCallException) {
      return ExitCodes.REJECTED;
    }
    if (e instanceof ConfigException) {
      return ExitCodes.USAGE;
    }
    return e instanceof IOException ? ExitCodes.UNAVAILABLE : ExitCodes.INTERNAL;
  }

  private static String message(Exception e) {
    if (e instanceof FileSystemException file) {
      return FileTrouble.describe(file);
    }
    if (FileTrouble.isFullDisk(e)) {
      return FileTrouble.describeFullDisk();
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
