#include "cases.h"

#include "undefined.h"

#include <string.h>

enum { ATTEMPTS_MAX = 1000, JUMP_MAX = 0x60 };

static void fill_with_ud2(uint8_t *code, unsigned from, unsigned to) {
  for (unsigned i = from; i + 1 < to; i += 2) {
    code[i] = 0x0f;
    code[i + 1] = 0x0b;
  }
}

bool make_case(const struct x86_row *row, struct test_case *test, uint8_t *data, uint8_t *code) {
  unsigned attempts = 0;
  while (!generate(row, test) || undefined_result(&test->insn, &test->before)) {
    if (++attempts == ATTEMPTS_MAX)
      return false;
  }
  test->before.rip = CODE_BASE;
  generate_data(data);
  fill_with_ud2(code, 0, CODE_SIZE);
  memcpy(code, test->bytes, test->length);
  // At even distances behind the instruction, whatever its length.
  fill_with_ud2(code, test->length, test->length + JUMP_MAX);
  return true;
}
