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

enum code code_of_case(const struct x86_row *row, unsigned long round) {
  static const enum code ROUNDS[] = {CODE_LONG, CODE_32, CODE_LONG, CODE_32_SEGMENTS};
  if (row->attributes & ROW_64)
    return CODE_LONG;
  return ROUNDS[row->attributes & ROW_32 ? round % 2 * 2 + 1 : round % 4];
}

// Where a jump leads that finds its target in a register or in memory: every other time to a UD2, at any aligned place.
static void aim_jump(struct test_case *test, uint8_t *data) {
  const struct x86_insn *insn = &test->insn;
  uint64_t target = CODE_BASE + test->length + JUMP_MAX / 2;
  if ((insn->row->emit != EMIT_INDIRECT && insn->row->emit != EMIT_RETURN) || random_below(2))
    return;
  if (insn->operands[0].kind == OPERAND_REGISTER)
    test->before.r[insn->operands[0].number] = target;
  target |= test->before.code == CODE_LONG ? 0 : target << 32;
  for (unsigned i = 0; i < DATA_WRITABLE; i += sizeof target)
    memcpy(data + i, &target, sizeof target);
}

void place_case(struct test_case *test, uint8_t *data, uint8_t *bytes) {
  test->before.rip = CODE_BASE;
  generate_data(data);
  aim_jump(test, data);
  fill_with_ud2(bytes, 0, CODE_SIZE);
  memcpy(bytes, test->bytes, test->length);
  // At even distances behind the instruction, whatever its length.
  fill_with_ud2(bytes, test->length, test->length + JUMP_MAX);
}

bool make_case(const struct x86_row *row, enum code code, struct test_case *test, uint8_t *data, uint8_t *bytes) {
  unsigned attempts = 0;
  while (!generate(row, code, test) || undefined_result(&test->insn, &test->before)) {
    if (++attempts == ATTEMPTS_MAX)
      return false;
  }
  place_case(test, data, bytes);
  return true;
}
