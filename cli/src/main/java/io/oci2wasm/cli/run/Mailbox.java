package io.oci2wasm.cli.run;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportMemory;
import run.endive.runtime.ImportTable;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.TableInstance;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.Export;
import run.endive.wasm.types.ExportSection;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.Value;

/**
 * WASI preview 1's {@code sched_yield}, in which an engine's translations of guest code are
 * compiled and put into its table (docs/FORMATS.md, "The mailbox").
 */
final class Mailbox {
  static final String NAME = "sched_yield";

  /**
   * There are no vectors in this JVM's WebAssembly. A method has at most 64 KB of bytecode, so
   * units are small.
   */
  static final String OPTION = "--translator=unit=160";

  static final String EXPORT = "translation_mailbox";
  static final String TABLE = "__indirect_function_table";

  static final int STATE = 4;
  static final int ADDRESS = 8;
  static final int LENGTH = 12;
  static final int FUNCTIONS = 16;
  static final int FIRST = 20;

  static final int OFFERED = 1;
  static final int INSTALLED = 2;
  static final int REFUSED = 3;

  /** Far more than engines offer. */
  private static final int MAX_BYTES = 4 << 20;

  private final HostFunction others;
  private final Answers answers;

  /** {@code others} yields where nothing is offered. */
  Mailbox(HostFunction others, Answers answers) {
    this.others = others;
    this.answers = answers;
  }

  /**
   * What an engine is answered.
   *
   * @param installs whether what it has translated is installed, or else refused
   * @param recordings gets what the engine records if it was asked to; null if not
   */
  record Answers(boolean installs, @Nullable Consumer<byte[]> recordings) {
    static final Answers INSTALLING = new Answers(true, null);
  }

  /** The option of a training run that takes so many seconds of guest time at most. */
  static String trainingOption(int seconds) {
    return OPTION + ",log=" + seconds;
  }

  /** The time of a training run is over. */
  static final class TrainingEnded extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Has this program a mailbox? */
  static boolean isIn(WasmModule program) {
    return exports(program).stream().anyMatch(export -> export.name().equals(EXPORT));
  }

  HostFunction function() {
    return new HostFunction(others.module(), NAME, others.functionType(), this::call);
  }

  private long[] call(Instance engine, long... arguments) {
    Memory memory = engine.memory();
    int mailbox = (int) engine.exports().global(EXPORT).getValue();
    if (memory.readInt(mailbox + STATE) != OFFERED) {
      return others.handle().apply(engine, arguments);
    }
    Consumer<byte[]> recordings = answers.recordings();
    if (recordings != null && memory.readInt(mailbox + FUNCTIONS) == 0) {
      tell(recordings, memory, mailbox);
      memory.writeI32(mailbox + STATE, INSTALLED);
      return new long[] {0};
    }
    boolean installed = answers.installs() && install(engine, memory, mailbox);
    memory.writeI32(mailbox + STATE, installed ? INSTALLED : REFUSED);
    return new long[] {0};
  }

  private static void tell(Consumer<byte[]> recordings, Memory memory, int mailbox) {
    int length = memory.readInt(mailbox + LENGTH);
    if (length == 0) {
      throw new TrainingEnded();
    }
    recordings.accept(memory.readBytes(memory.readInt(mailbox + ADDRESS), length));
  }

  private static boolean install(Instance engine, Memory memory, int mailbox) {
    try {
      int length = memory.readInt(mailbox + LENGTH);
      if (Integer.compareUnsigned(length, MAX_BYTES) > 0) {
        return false;
      }
      byte[] offered = memory.readBytes(memory.readInt(mailbox + ADDRESS), length);
      WasmModule module = TypeNumbers.of(engine.module()).renumber(Parser.parse(offered));
      List<Integer> functions = functions(module, memory.readInt(mailbox + FUNCTIONS));
      TableInstance table = engine.exports().table(TABLE);
      Instance unit = instantiate(module, memory, table);
      int first = table.grow(functions.size(), Value.REF_NULL_VALUE, unit);
      for (int i = 0; i < functions.size(); i++) {
        table.setRef(first + i, functions.get(i), unit);
      }
      memory.writeI32(mailbox + FIRST, first);
      return true;
    } catch (RuntimeException e) {
      // Whatever is wrong with an offer, the engine goes on without it.
      return false;
    }
  }

  private static Instance instantiate(WasmModule module, Memory memory, TableInstance table) {
    return Instance.builder(module)
        .withMachineFactory(
            MachineFactoryCompiler.builder(module)
                .withInterpreterFallback(InterpreterFallback.FAIL)
                .compile())
        .withImportValues(
            ImportValues.builder()
                .addMemory(new ImportMemory("env", "memory", memory))
                .addTable(new ImportTable("env", "table", table))
                .build())
        .build();
  }

  /** The module's functions "0", "1" and so on, by their index. */
  private static List<Integer> functions(WasmModule module, int count) {
    List<Export> exports = exports(module);
    if (exports.size() != count) {
      throw new IllegalArgumentException(exports.size() + " exports, expected " + count);
    }
    Integer[] functions = new Integer[count];
    for (Export export : exports) {
      if (export.exportType() != ExternalType.FUNCTION) {
        throw new IllegalArgumentException("an export that is no function: " + export.name());
      }
      functions[Integer.parseInt(export.name())] = export.index();
    }
    return List.of(functions);
  }

  private static List<Export> exports(WasmModule module) {
    ExportSection section = module.exportSection();
    List<Export> exports = new ArrayList<>();
    for (int i = 0; i < section.exportCount(); i++) {
      exports.add(section.getExport(i));
    }
    return exports;
  }
}
