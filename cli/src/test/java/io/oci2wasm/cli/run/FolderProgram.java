package io.oci2wasm.cli.run;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasi.WasiOptions;
import run.endive.wasi.WasiPreview1;
import run.endive.wasm.Parser;

/** A program with shared folders, which calls WASI's functions with names in its memory. */
final class FolderProgram implements AutoCloseable {
  /** (module (memory (export "memory") 1)) */
  private static final byte[] MODULE = {
    0, 'a', 's', 'm', 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0
  };

  private static final int FIRST_NAME = 8192;
  private static final int NAME_BYTES = 256;

  private final Map<String, HostFunction> functions = new HashMap<>();
  private final WasiPreview1 wasi;
  private final Instance instance;
  private int nextName = FIRST_NAME;

  /** The folders' descriptors count from 3 on. */
  FolderProgram(Path... shared) {
    this(Set.of(), shared);
  }

  /**
   * @param readOnly the descriptors of those that the program may only read
   */
  FolderProgram(Set<Integer> readOnly, Path... shared) {
    WasiOptions.Builder options = WasiOptions.builder();
    for (int i = 0; i < shared.length; i++) {
      options.withDirectory("/folder" + i, shared[i]);
    }
    wasi = WasiPreview1.builder().withOptions(options.build()).build();
    List<HostFunction> library = List.of(wasi.toHostFunctions());
    SharedFolders folders = new SharedFolders(List.of(shared), SharedFolders.seekOf(library));
    ReadOnlyFolders fixed = new ReadOnlyFolders(readOnly);
    for (HostFunction function : library) {
      functions.put(function.name(), fixed.guard(folders.replace(function)));
    }
    instance =
        Instance.builder(Parser.parse(MODULE))
            .withImportValues(ImportValues.builder().build())
            .build();
  }

  Memory memory() {
    return instance.memory();
  }

  /** WASI's error, 0 for none. A name stands for its address and its length. */
  int call(String function, Object... arguments) {
    HostFunction found = Objects.requireNonNull(functions.get(function), function);
    long[] numbers = new long[found.functionType().params().size()];
    int at = 0;
    for (Object argument : arguments) {
      if (argument instanceof String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        memory().write(nextName, bytes);
        numbers[at++] = nextName;
        numbers[at++] = bytes.length;
        nextName = nextName + 2 * NAME_BYTES > 65536 ? FIRST_NAME : nextName + NAME_BYTES;
      } else {
        numbers[at++] = ((Number) argument).longValue();
      }
    }
    return (int) found.handle().apply(instance, numbers)[0];
  }

  @Override
  public void close() {
    wasi.close();
  }
}
