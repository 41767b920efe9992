// Along decoded ops, as control goes over them.
#ifndef TRANSLATE_X86_64_WALK_H
#define TRANSLATE_X86_64_WALK_H

#include "cpu/x86_64/decode/code_cache.h"
#include "cpu/x86_64/decode/run.h"

struct x86_instruction {
  struct x86_op *ops[OPS_PER_INSN_MAX + 1];
  unsigned count;
  uint32_t offset;          // in its page
  struct x86_op *next;      // op behind the instruction, not looked through; NULL: nothing is executed there
  struct code_page *second; // in which it ends, NULL: where it begins
};

const struct x86_cpu *x86_walk_cpu(void);
void x86_walk_init(struct x86_cpu *cpu);
// The op that an op stands for: behind links, and what marks cover.
struct x86_op *x86_walk_through(struct x86_op *op);
// The instruction that begins at an op, as the interpreter's loop meets it: one that ends in the next page is STRADDLE.
void x86_walk_plain(const struct code_page *page, struct x86_op *op, struct x86_instruction *instruction);
// The same, with what walk_across found.
void x86_walk(const struct code_page *page, struct x86_op *op, struct x86_instruction *instruction);
// The op that jumps, or the last one.
struct x86_op *x86_walk_last(const struct code_page *page, struct x86_op *op);
bool x86_walk_jumps(unsigned code);
// What walk_across found in a page, or in all.
void x86_walk_forget(const struct code_page *page);
void x86_walk_forget_all(void);

#endif
