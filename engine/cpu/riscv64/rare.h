// What functions of instructions too rare or too long for the loop of riscv_run answer.
#ifndef CPU_RISCV64_RARE_H
#define CPU_RISCV64_RARE_H

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

#endif
