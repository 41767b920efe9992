// Floating-point arithmetic.
#ifndef CPU_RISCV64_EXECUTE_FLOAT_H
#define CPU_RISCV64_EXECUTE_FLOAT_H

#include "rare.h"

enum rare_result riscv_execute_float(struct riscv_cpu *cpu, const struct riscv_op *op);

#endif
