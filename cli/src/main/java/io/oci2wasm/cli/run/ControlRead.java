package io.oci2wasm.cli.run;

import run.endive.runtime.HostFunction;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;

/** WASI preview 1's {@code fd_read} with one more descriptor, that of {@link ControlLines}. */
final class ControlRead {
  static final String NAME = "fd_read";
  private static final int IOVEC_BYTES = 8;
  private static final int SUCCESS = 0;

  private final ControlLines control;
  private final HostFunction others;

  ControlRead(ControlLines control, HostFunction others) {
    this.control = control;
    this.others = others;
  }

  HostFunction function() {
    return new HostFunction(others.module(), NAME, others.functionType(), this::call);
  }

  private long[] call(Instance instance, long... arguments) {
    if ((int) arguments[0] != ControlLines.DESCRIPTOR) {
      return others.handle().apply(instance, arguments);
    }
    read(instance.memory(), (int) arguments[1], (int) arguments[2], (int) arguments[3]);
    return new long[] {SUCCESS};
  }

  void read(Memory memory, int vectors, int count, int readCount) {
    int total = 0;
    for (int i = 0; i < count; i++) {
      int at = vectors + i * IOVEC_BYTES;
      byte[] part = control.read(memory.readInt(at + 4));
      memory.write(memory.readInt(at), part);
      total += part.length;
    }
    memory.writeI32(readCount, total);
  }
}
