// Along decoded ops, as control goes over them.
#ifndef TRANSLATE_X86_64_WALK_H
#define TRANSLATE_X86_64_WALK_H

#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/decode/run.h"

struct x86_instruction {
  struct x86_op *ops[OPS_PER_INSN_MAX + 1];
  unsigned count;
  uint32_t offset;     // in its page
  struct x86_op *next; // op behind the instruction, not looked through; NULL: nothing is executed there
};

void x86_walk_init(const struct x86_cpu *cpu);
// The op that an op stands for: behind links, and what marks cover.
struct x86_op *x86_walk_through(struct x86_op *op);
// The instruction that begins at an op.
void x86_walk(const struct code_page *page, struct x86_op *op, struct x86_instruction *instruction);
// The op that jumps, or the last one.
struct x86_op *x86_walk_last(const struct code_page *page, struct x86_op *op);
bool x86_walk_jumps(unsigned code);

#endif
