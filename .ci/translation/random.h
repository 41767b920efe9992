// Random instructions, in loops that become hot.
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

enum { STATE_SIZE = 2048, CODE_SIZE = 8192 };

// Prints a sum of what is in registers and memory behind each of so many programs. A number gives always the same one.
void random_code(unsigned first, unsigned programs);

#ifdef __riscv
// The same of reals: operands near limits, what is no number, all roundings, and flags.
void random_reals(void);
#endif

// Of each architecture: writes void program(uint8_t state[STATE_SIZE], unsigned rounds), and returns its size.
unsigned make_program(uint8_t *place);

unsigned roll(unsigned sides);
void seed_rolls(uint64_t number);

// STATE_SIZE bytes, and room for a program of CODE_SIZE.
uint64_t *random_state(void);
uint8_t *program_place(void);
// With random_state().
void run_program(uint8_t *place, unsigned size, unsigned rounds);

#endif
