// What the hart asks of a translator of its code (translate/riscv64), if there is one.
#ifndef CPU_RISCV64_TRANSLATOR_H
#define CPU_RISCV64_TRANSLATOR_H

#include "cpu.h"

struct code_page;

struct riscv_translator {
  // At an op of code TRANSLATED, which cpu->pc is the address of. Returns the op at cpu->pc to go on with,
  // or NULL: with a jump to cpu->pc. Uses up cpu->budget. The op is in cpu->page. If that is not cpu->own_page, it is a
  // copy with its own code, at the same place, in a page where all others have the code BACK.
  struct riscv_op *(*enter)(struct riscv_cpu *cpu, struct riscv_op *op);
  // The budget is used up, and cpu->pc is where.
  void (*slice_ended)(struct riscv_cpu *cpu);
  // A page's ops are about to be forgotten.
  void (*forget)(struct riscv_cpu *cpu, struct code_page *page);
  // The first op of a page was decoded.
  void (*begun)(struct riscv_cpu *cpu, struct code_page *page);
};

#endif
