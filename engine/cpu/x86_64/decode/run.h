// A piece of straight-line code, decoded to ops.
#ifndef CPU_X86_64_DECODE_RUN_H
#define CPU_X86_64_DECODE_RUN_H

#include "cpu/x86_64/op.h"

enum { OPS_PER_INSN_MAX = 6, RUN_OPS_MAX = 128 };

// Ops of a piece of straight-line code. An op whose rs is NULL takes its own imm, wherever the op is moved to.
struct x86_run {
  struct x86_cpu *cpu;
  struct x86_op ops[RUN_OPS_MAX];
  unsigned count;
  uint32_t offset; // of the present instruction in its page
  uint8_t length;
};

#endif
