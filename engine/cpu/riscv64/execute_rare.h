// What riscv_run (execute.c) leaves to other functions.
#ifndef CPU_RISCV64_EXECUTE_RARE_H
#define CPU_RISCV64_EXECUTE_RARE_H

#include "rare.h"

// System instructions, CSRs and fences; passes the others on.
enum rare_result riscv_execute_rare(struct riscv_cpu *cpu, const struct riscv_op *op);

#endif
