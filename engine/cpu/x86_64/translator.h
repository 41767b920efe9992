// What the processor asks of a translator of its code (translate/x86_64), if there is one.
#ifndef CPU_X86_64_TRANSLATOR_H
#define CPU_X86_64_TRANSLATOR_H

#include "op.h"

struct code_page;

struct x86_translator {
  // At an op of code TRANSLATED. Returns the op to go on with, or NULL: with a jump to cpu->rip. Uses up cpu->budget.
  struct x86_op *(*enter)(struct x86_cpu *cpu, struct x86_op *op);
  // The budget is used up, and cpu->rip is where.
  void (*slice_ended)(struct x86_cpu *cpu);
  // Something of a page was decoded, before which nothing was if it is the first.
  void (*decoded)(struct x86_cpu *cpu, struct code_page *page, bool first);
  // A page's ops are about to be forgotten, or all.
  void (*forget)(struct x86_cpu *cpu, const struct code_page *page);
  void (*forget_all)(struct x86_cpu *cpu);
};

#endif
