package io.oci2wasm.cli.run;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import run.endive.runtime.ConstantEvaluators;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.MemoryLimits;

/**
 * Linear memory as one array, for one thread, with passive segments that are read from a mapped
 * file. The array's own bounds check is WebAssembly's: addresses are unsigned, and one beyond 2 GiB
 * is a negative index.
 */
@SuppressWarnings("removal") // the interface still asks for its deprecated methods
final class GuestMemory implements Memory {
  /** The JVM's longest array is a little shorter than 2 GiB. */
  static final int MAX_PAGES = Integer.MAX_VALUE / PAGE_SIZE;

  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);
  private static final VarHandle FLOAT = view(float[].class);
  private static final VarHandle DOUBLE = view(double[].class);

  /**
   * Room for small growth without copying everything. A program that errs by less touches memory
   * that nobody uses, and does not trap.
   */
  private static final int SPARE_PAGES = 16;

  private static final ByteBuffer DROPPED = ByteBuffer.allocate(0);

  private final MemoryLimits limits;
  private final ByteBuffer[] segments;
  private byte[] bytes;
  private int pages;

  GuestMemory(MemoryLimits limits, List<ByteBuffer> segments) {
    this.limits = limits;
    this.segments = segments.toArray(ByteBuffer[]::new);
    this.pages = limits.initialPages();
    this.bytes = new byte[Math.multiplyExact(pages, PAGE_SIZE)];
  }

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public int pages() {
    return pages;
  }

  /** The old size in pages, or -1 where limits or the heap do not allow it. */
  @Override
  public int grow(int added) {
    int before = pages;
    long after = before + Integer.toUnsignedLong(added);
    if (after > maximumPages()) {
      return -1;
    }
    if (after * PAGE_SIZE > bytes.length) {
      try {
        bytes = Arrays.copyOf(bytes, (int) Math.min(after + SPARE_PAGES, MAX_PAGES) * PAGE_SIZE);
      } catch (OutOfMemoryError e) {
        // One failed allocation of this size harms nothing else: the guest is told.
        return -1;
      }
    }
    pages = (int) after;
    return before;
  }

  @Override
  public int initialPages() {
    return limits.initialPages();
  }

  @Override
  public int maximumPages() {
    return Math.min(MAX_PAGES, limits.maximumPages());
  }

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments) {
    initialize(instance, dataSegments, 0);
  }

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments, int memoryIndex) {
    for (DataSegment segment : dataSegments) {
      if (segment instanceof ActiveDataSegment active && active.index() == memoryIndex) {
        long[] offset =
            ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions());
        write((int) offset[0], active.data(), 0, active.data().length);
      }
    }
  }

  @Override
  public void initPassiveSegment(int segment, int target, int offset, int length) {
    try {
      segments[segment].get(offset, bytes, target, length);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public void drop(int segment) {
    segments[segment] = DROPPED;
  }

  @Override
  public void write(int address, byte[] data, int offset, int length) {
    try {
      System.arraycopy(data, offset, bytes, address, length);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public byte[] readBytes(int address, int length) {
    byte[] copy = new byte[length];
    try {
      System.arraycopy(bytes, address, copy, 0, length);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
    return copy;
  }

  @Override
  public void copy(int target, int source, int length) {
    try {
      System.arraycopy(bytes, source, bytes, target, length);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public void fill(byte value, int from, int to) {
    try {
      Arrays.fill(bytes, from, to, value);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public void zero() {
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public byte read(int address) {
    try {
      return bytes[address];
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public void writeByte(int address, byte value) {
    try {
      bytes[address] = value;
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public short readShort(int address) {
    try {
      return (short) SHORT.get(bytes, address);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public long readU16(int address) {
    return Short.toUnsignedLong(readShort(address));
  }

  @Override
  public void writeShort(int address, short value) {
    try {
      SHORT.set(bytes, address, value);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public int readInt(int address) {
    try {
      return (int) INT.get(bytes, address);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public void writeI32(int address, int value) {
    try {
      INT.set(bytes, address, value);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public long readLong(int address) {
    try {
      return (long) LONG.get(bytes, address);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public void writeLong(int address, long value) {
    try {
      LONG.set(bytes, address, value);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public float readFloat(int address) {
    try {
      return (float) FLOAT.get(bytes, address);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public long readF32(int address) {
    return readInt(address);
  }

  @Override
  public void writeF32(int address, float value) {
    try {
      FLOAT.set(bytes, address, value);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public double readDouble(int address) {
    try {
      return (double) DOUBLE.get(bytes, address);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  @Override
  public long readF64(int address) {
    return readLong(address);
  }

  @Override
  public void writeF64(int address, double value) {
    try {
      DOUBLE.set(bytes, address, value);
    } catch (IndexOutOfBoundsException e) {
      throw outOfBounds(e);
    }
  }

  private static WasmRuntimeException outOfBounds(RuntimeException cause) {
    return new WasmRuntimeException("out of bounds memory access: " + cause.getMessage(), cause);
  }

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  public Object lock(int address) {
    throw noThreads();
  }

  @Override
  public int waitOn(int address, int expected, long timeout) {
    throw noThreads();
  }

  @Override
  public int waitOn(int address, long expected, long timeout) {
    throw noThreads();
  }

  @Override
  public int notify(int address, int maxThreads) {
    throw noThreads();
  }

  private static UnsupportedOperationException noThreads() {
    return new UnsupportedOperationException("bundles have no threads");
  }
}
