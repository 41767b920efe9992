package io.oci2wasm.cli.run;

import java.util.ArrayList;
import java.util.List;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.AnnotatedInstruction;
import run.endive.wasm.types.FunctionBody;
import run.endive.wasm.types.FunctionSection;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.OpCode;
import run.endive.wasm.types.TypeSection;

/**
 * The numbers of one program's types, given to another that it shares a table with. The WebAssembly
 * library compares the types of indirect calls by number, also between two programs.
 */
final class TypeNumbers {
  private final List<FunctionType> known;

  private TypeNumbers(List<FunctionType> known) {
    this.known = known;
  }

  static TypeNumbers of(WasmModule program) {
    return new TypeNumbers(List.of(program.typeSection().types()));
  }

  /**
   * {@code module} with these numbers. Types that are not among them come after them. Its
   * instructions are changed in place, so it is of no use any more.
   */
  WasmModule renumber(WasmModule module) {
    List<FunctionType> types = new ArrayList<>(known);
    int[] numbers = new int[module.typeSection().typeCount()];
    for (int i = 0; i < numbers.length; i++) {
      FunctionType type = module.typeSection().getType(i);
      if (!types.contains(type)) {
        types.add(type);
      }
      numbers[i] = types.indexOf(type);
    }
    TypeSection.Builder renumbered = TypeSection.builder();
    types.forEach(renumbered::addFunctionType);
    FunctionSection.Builder functions = FunctionSection.builder();
    for (int i = 0; i < module.functionSection().functionCount(); i++) {
      functions.addFunctionType(numbers[module.functionSection().getFunctionType(i)]);
    }
    for (FunctionBody body : module.codeSection().functionBodies()) {
      for (AnnotatedInstruction instruction : body.instructions()) {
        if (instruction.opcode() == OpCode.CALL_INDIRECT) {
          instruction.setOperand(0, numbers[(int) instruction.operand(0)]);
        }
      }
    }
    return WasmModule.builder()
        .setTypeSection(renumbered.build())
        .setImportSection(module.importSection())
        .setFunctionSection(functions.build())
        .setExportSection(module.exportSection())
        .setCodeSection(module.codeSection())
        .withValidation(true)
        .build();
  }
}
