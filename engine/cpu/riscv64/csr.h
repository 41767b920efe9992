// Control and status registers.
#ifndef CPU_RISCV64_CSR_H
#define CPU_RISCV64_CSR_H

#include "cpu.h"

enum csr {
#define CSR(name, number, text) CSR_##name = number,
#include "csr.inc"
#undef CSR
};

// False if there is no such CSR or it is not accessible; the caller raises EXC_ILLEGAL.
bool riscv_csr_read(struct riscv_cpu *cpu, unsigned number, uint64_t *value);
bool riscv_csr_write(struct riscv_cpu *cpu, unsigned number, uint64_t value);

#endif
