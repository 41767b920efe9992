// Instructions of random x86-64 programs.
#ifndef TEST_FUZZ_X86_64_CODE_H
#define TEST_FUZZ_X86_64_CODE_H

#include "random.h"

enum { FUZZ_INSTRUCTION_MAX = 40 };

// Puts one instruction, or a few that belong together, to `bytes`; returns their length. `cr3` is one of the program's
// address spaces.
unsigned fuzz_instruction(struct dice *dice, uint8_t *bytes, uint64_t cr3);

#endif
