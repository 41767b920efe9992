// Random instructions, in loops that become hot.
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

enum { STATE_SIZE = 2048, CODE_SIZE = 8192 };

// Prints a sum of what is in registers and memory behind each of so many programs. A number gives always the same one.
void random_code(unsigned first, unsigned programs);

unsigned roll(unsigned sides);

// Of each architecture: writes void program(uint8_t state[STATE_SIZE], unsigned
// rounds), and returns its size.
unsigned make_program(uint8_t *place);

#endif
