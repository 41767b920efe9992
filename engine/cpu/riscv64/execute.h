// Runs the hart.
#ifndef CPU_RISCV64_EXECUTE_H
#define CPU_RISCV64_EXECUTE_H

#include "cpu.h"

enum riscv_exit {
  EXIT_BUDGET, // the budget is used up
  EXIT_WAIT,   // WFI with nothing pending
  EXIT_SBI     // ECALL from supervisor mode; pc is past it
};

// Runs about `budget` instructions (at most a basic block more), delivering traps and interrupts on the way.
enum riscv_exit riscv_run(struct riscv_cpu *cpu, int32_t budget);

#endif
