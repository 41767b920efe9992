// What is known about straight-line code before it runs.
#include "optimize.h"

enum flags_effect {
  BARRIER, // the flags must be right before it
  WRITES,  // all six
  UPDATES, // some, or only sometimes
  NEUTRAL
};

static const uint8_t EFFECTS[X86_CODES] = {
#define OP(name, flags) [X86_##name] = flags,
#define RARE(name, function)
#include "cpu/x86_64/code.inc"
#undef OP
#undef RARE
};

// The variant that notes no flags; 0 if there is none.
static uint16_t without_flags(uint16_t code) {
  switch (code) {
#define PAIR(name)                                                                                                     \
  case X86_##name##32: return X86_##name##_NF32;                                                                       \
  case X86_##name##64: return X86_##name##_NF64;
    PAIR(ADD)
    PAIR(SUB)
    PAIR(AND)
    PAIR(OR)
    PAIR(XOR)
    PAIR(INC)
    PAIR(DEC)
    PAIR(NEG)
    PAIR(SHL)
    PAIR(SHR)
    PAIR(SAR)
    PAIR(ROL)
    PAIR(ROR)
#undef PAIR
  case X86_ROL16: return X86_ROL_NF16;
  case X86_ROR16: return X86_ROR_NF16;
  default: return 0;
  }
}

bool x86_ends_with_flags(const struct x86_run *run) {
  return run->count && EFFECTS[run->ops[run->count - 1].code] == WRITES;
}

void x86_drop_dead_flags(struct x86_run *run) {
  bool wanted = true;
  for (unsigned i = run->count; i-- > 0;) {
    struct x86_op *op = &run->ops[i];
    const uint8_t effect = EFFECTS[op->code];
    if (effect == BARRIER) {
      wanted = true;
      continue;
    }
    if (effect == NEUTRAL)
      continue;
    const uint16_t plain = without_flags(op->code);
    if (!wanted && plain)
      op->code = plain;
    else
      wanted = effect != WRITES;
  }
}

// Condition codes in the order of the fused codes, one up; 0: not fused.
static const uint8_t AFTER_CMP[16] = {
    [5] = 1, [4] = 2, [3] = 3, [6] = 4, [7] = 5, [2] = 6, [15] = 7, [14] = 8, [13] = 9, [12] = 10, [8] = 11, [9] = 12};
// TEST clears CF and OF: L is S, GE is NS, BE is E, A is NE.
static const uint8_t AFTER_TEST[16] = {
    [4] = 1, [5] = 2, [6] = 1, [7] = 2, [8] = 3, [9] = 4, [12] = 3, [13] = 4, [14] = 5, [15] = 6};

static bool has_fused_size(unsigned size) {
  return size != 1;
}

bool x86_fuse(struct x86_run *run) {
  if (run->count < 2)
    return false;
  struct x86_op *compare = &run->ops[run->count - 2];
  const struct x86_op *jump = &run->ops[run->count - 1];
  const bool is_jump = jump->code >= X86_JCC && jump->code <= X86_JNS;
  const bool is_cmp = compare->code >= X86_CMP8 && compare->code <= X86_CMP64;
  const bool is_test = compare->code >= X86_TEST8 && compare->code <= X86_TEST64;
  if (!is_jump || !(is_cmp || is_test))
    return false;
  const unsigned row = (is_cmp ? AFTER_CMP : AFTER_TEST)[jump->detail];
  const unsigned size = compare->code - (is_cmp ? X86_CMP8 : X86_TEST8);
  if (!row || !has_fused_size(size))
    return false;
  const unsigned column = size == 0 ? 0 : size - 1;
  compare->code = (uint16_t)((is_cmp ? X86_CMP_JNE8 : X86_TEST_JE8) + (row - 1) * 3 + column);
  compare->target = NULL;
  compare->relative = jump->relative;
  run->count--;
  return true;
}
