// What riscv_run (execute.c) leaves to other functions: instructions too rare or too long for its loop.
#ifndef CPU_RISCV64_EXECUTE_H
#define CPU_RISCV64_EXECUTE_H

#include "cpu.h"

// A single-precision value in a 64-bit register has all upper bits set (unprivileged specification 21.2).
#define NAN_BOX (UINT64_C(0xffffffff) << 32)

enum rare_result {
  RARE_NEXT,    // go on with the next instruction
  RARE_REFETCH, // the same, but what is known about the current page or interrupts may no longer hold
  RARE_JUMP,    // go on at cpu->pc
  RARE_TRAP,    // the trap is in trap_cause and trap_value
  RARE_WAIT,    // WFI with nothing pending
  RARE_SBI
};

// System instructions, CSRs and fences; passes the others on.
enum rare_result riscv_execute_rare(struct riscv_cpu *cpu, const struct riscv_op *op);
enum rare_result riscv_execute_atomic(struct riscv_cpu *cpu, const struct riscv_op *slot);
enum rare_result riscv_execute_float(struct riscv_cpu *cpu, const struct riscv_op *op);

#endif
