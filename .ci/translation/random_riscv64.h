// Random instructions, in loops that become hot.
#ifndef RANDOM_RISCV64_H
#define RANDOM_RISCV64_H

// Prints a sum of what is in registers and memory behind each of some programs.
void random_code(void);
// The same of reals: operands near limits, what is no number, all roundings, and flags.
void random_reals(void);

#endif
