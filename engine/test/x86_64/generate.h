// Random instructions from the decoder's own table, with registers that make them reach their operands most of the
// time.
#ifndef TEST_X86_64_GENERATE_H
#define TEST_X86_64_GENERATE_H

#include "cpu/x86_64/decode/decode.h"
#include "state.h"

struct test_case {
  struct state before;
  uint8_t bytes[16];
  unsigned length;
  struct x86_insn insn;
};

uint64_t random_bits(void);
unsigned random_below(unsigned limit);
void random_seed(uint64_t seed);

// False if the row cannot be tested this way (system instructions, returns). `offset` is where in the code page.
bool row_is_testable(const struct x86_row *row);
// False too if the row is none of that code's.
bool generate(const struct x86_row *row, enum code code, struct test_case *result);
// Random contents for the places where operands lie.
void generate_data(uint8_t *data);

#endif
