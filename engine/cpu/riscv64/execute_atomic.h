// Atomic instructions.
#ifndef CPU_RISCV64_EXECUTE_ATOMIC_H
#define CPU_RISCV64_EXECUTE_ATOMIC_H

#include "rare.h"

enum rare_result riscv_execute_atomic(struct riscv_cpu *cpu, const struct riscv_op *slot);

#endif
