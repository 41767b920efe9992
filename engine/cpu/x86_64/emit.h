// From a decoded instruction to the ops that the interpreter executes.
#ifndef CPU_X86_64_EMIT_H
#define CPU_X86_64_EMIT_H

#include "decode.h"
#include "op.h"

enum { OPS_PER_INSN_MAX = 6, RUN_OPS_MAX = 128 };

// Ops of a piece of straight-line code. An op whose rs is NULL takes its own imm, wherever the op is moved to.
struct x86_run {
  struct x86_cpu *cpu;
  struct x86_op ops[RUN_OPS_MAX];
  unsigned count;
  uint32_t offset; // of the present instruction in its page
  uint8_t length;
};

// Appends the instruction; false if nothing of the run is executed behind it.
bool x86_emit(struct x86_run *run, const struct x86_insn *insn);
// An op that raises: #UD for what is no instruction, or of a set that is missing; #GP for one that is too long.
void x86_emit_fault(struct x86_run *run, enum x86_vector vector, enum x86_missing missing);
// The op that goes on at an offset from the page's first byte.
void x86_emit_continue(struct x86_run *run, uint32_t offset);
// Makes a comparison and the conditional jump behind it one op; the jump is the last op. False if they do not fit.
bool x86_fuse(struct x86_run *run);
// Ops whose flags nobody can see any more become ops that do not note them.
void x86_drop_dead_flags(struct x86_run *run);

#endif
