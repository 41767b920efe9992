package io.oci2wasm.cli.run;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import run.endive.runtime.ImportMemory;
import run.endive.runtime.Memory;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ImportSection;
import run.endive.wasm.types.MemoryImport;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.MemorySection;

/**
 * Programs that import the memory that they have themselves. Where a program has one, the library
 * loads its own kind of memory, even if it is given another one. While {@link GuestMemory} is the
 * only kind that is loaded, HotSpot's quick compiler knows what an access to memory calls, and puts
 * that into the code.
 */
final class ImportedMemory {
  private static final String MODULE = "oci2wasm:memory";

  private ImportedMemory() {}

  /** {@code program}, whose memories are imports behind its other ones. It is not changed. */
  static WasmModule in(WasmModule program) {
    ImportSection.Builder imports = ImportSection.builder();
    program.importSection().stream().forEach(imports::addImport);
    List<MemoryLimits> limits = limits(program);
    for (int i = 0; i < limits.size(); i++) {
      imports.addImport(new MemoryImport(MODULE, Integer.toString(i), limits.get(i)));
    }
    WasmModule.Builder importing =
        WasmModule.builder()
            .setTypeSection(program.typeSection())
            .setImportSection(imports.build())
            .setFunctionSection(program.functionSection())
            .setTableSection(program.tableSection())
            .setMemorySection(MemorySection.builder().build())
            .setGlobalSection(program.globalSection())
            .setExportSection(program.exportSection())
            .setElementSection(program.elementSection())
            .setCodeSection(program.codeSection())
            .setDataSection(program.dataSection())
            .withValidation(false) // it was valid as it was
            .withDigest(program.digest());
    program.startSection().ifPresent(importing::setStartSection);
    program.dataCountSection().ifPresent(importing::setDataCountSection);
    program.tagSection().ifPresent(importing::setTagSection);
    return importing.build();
  }

  /** What {@code in(program)} is to be given. */
  static ImportMemory[] of(WasmModule program, Function<MemoryLimits, Memory> factory) {
    List<MemoryLimits> limits = limits(program);
    return IntStream.range(0, limits.size())
        .mapToObj(i -> new ImportMemory(MODULE, Integer.toString(i), factory.apply(limits.get(i))))
        .toArray(ImportMemory[]::new);
  }

  private static List<MemoryLimits> limits(WasmModule program) {
    return program.memorySection().stream()
        .flatMap(
            section ->
                IntStream.range(0, section.memoryCount())
                    .mapToObj(i -> section.getMemory(i).limits()))
        .toList();
  }
}
