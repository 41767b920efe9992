// Decoder of the 16-bit instructions.
#ifndef CPU_RISCV64_DECODE_COMPRESSED_H
#define CPU_RISCV64_DECODE_COMPRESSED_H

#include "insn.h"

// Must be called once before the functions below.
void riscv_decode_compressed_init(void);
struct riscv_insn riscv_decode_compressed(uint16_t bits);
const struct riscv_compressed_row *riscv_compressed_row_of(uint16_t bits);

#endif
