// Instruction bits to fields. Pure functions: no CPU state, usable by tests and the disassembler alike.
#ifndef CPU_RISCV64_DECODE_H
#define CPU_RISCV64_DECODE_H

#include "insn.h"

// Must be called once before the functions below.
void riscv_decode_init(void);
// `bits` holds the instruction in its low 16 or 32 bits. Never fails: what is not known is RV_ILLEGAL.
struct riscv_insn riscv_decode(uint32_t bits);
const struct riscv_format_info *riscv_format_of(uint16_t code);
const char *riscv_mnemonic_of(uint16_t code);

static inline unsigned riscv_length(uint32_t bits) {
  return (bits & 3) == 3 ? 4 : 2;
}

#endif
