package io.oci2wasm.cli.run;

import java.util.HashSet;
import java.util.Set;
import run.endive.runtime.HostFunction;
import run.endive.runtime.WasmFunctionHandle;

/**
 * Functions of WASI preview 1 that would change a folder which was shared to be read: they answer
 * as a read-only file system does. Hard links out of such a folder are refused, too: through them
 * its files could be written.
 */
final class ReadOnlyFolders {
  /** The error {@code rofs}. */
  static final int READ_ONLY = 69;

  private static final long CREATES_OR_TRUNCATES = 1 | 8;

  /** Rights: fd_write, fd_allocate, fd_filestat_set_size. */
  private static final long WRITES = 1 << 6 | 1 << 8 | 1 << 22;

  private static final int SUCCESS = 0;

  private final Set<Long> descriptors = new HashSet<>();

  /**
   * @param descriptors those of the read-only folders
   */
  ReadOnlyFolders(Set<Integer> descriptors) {
    descriptors.forEach(each -> this.descriptors.add((long) each));
  }

  /** The function, which refuses what would change such a folder. */
  HostFunction guard(HostFunction function) {
    return switch (function.name()) {
      case "path_open" -> with(function, opening(function.handle()));
      case "fd_close" -> with(function, closing(function.handle()));
      case "fd_write",
          "fd_pwrite",
          "fd_allocate",
          "fd_renumber",
          "fd_filestat_set_size",
          "fd_filestat_set_times",
          "path_create_directory",
          "path_remove_directory",
          "path_unlink_file",
          "path_filestat_set_times" ->
          with(function, refusing(function.handle(), 0));
      case "path_symlink" -> with(function, refusing(function.handle(), 2));
      case "path_rename" -> with(function, refusing(function.handle(), 0, 3));
      case "path_link" -> with(function, refusing(function.handle(), 0, 4));
      default -> function;
    };
  }

  private static HostFunction with(HostFunction function, WasmFunctionHandle handle) {
    return new HostFunction(function.module(), function.name(), function.functionType(), handle);
  }

  /**
   * @param places which arguments are descriptors that nothing may be changed by
   */
  private WasmFunctionHandle refusing(WasmFunctionHandle call, int... places) {
    return (instance, arguments) -> {
      for (int place : places) {
        if (descriptors.contains(arguments[place])) {
          return new long[] {READ_ONLY};
        }
      }
      return call.apply(instance, arguments);
    };
  }

  /** What is opened below such a folder is only read, too. */
  private WasmFunctionHandle opening(WasmFunctionHandle open) {
    return (instance, arguments) -> {
      boolean readOnly = descriptors.contains(arguments[0]);
      boolean changing = (arguments[4] & CREATES_OR_TRUNCATES) != 0 || (arguments[5] & WRITES) != 0;
      if (readOnly && changing) {
        return new long[] {READ_ONLY};
      }
      long[] error = open.apply(instance, arguments);
      if (readOnly && error[0] == SUCCESS) {
        descriptors.add((long) instance.memory().readInt((int) arguments[8]));
      }
      return error;
    };
  }

  private WasmFunctionHandle closing(WasmFunctionHandle close) {
    return (instance, arguments) -> {
      long[] error = close.apply(instance, arguments);
      if (error[0] == SUCCESS) {
        descriptors.remove(arguments[0]);
      }
      return error;
    };
  }
}
