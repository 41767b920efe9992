// Runs the processor.
#ifndef CPU_X86_64_EXECUTE_EXECUTE_H
#define CPU_X86_64_EXECUTE_EXECUTE_H

#include "cpu/x86_64/cpu.h"

enum x86_exit {
  X86_EXIT_BUDGET, // the budget is used up
  X86_EXIT_WAIT,   // HLT; rip is past it
  X86_EXIT_SHUTDOWN
};

// Runs about `budget` instructions (at most a basic block more), delivering exceptions and interrupts on the way.
enum x86_exit x86_run(struct x86_cpu *cpu, int32_t budget);
uint64_t x86_instret(const struct x86_cpu *cpu);

#endif
