// Lazy flags.
#ifndef TRANSLATE_X86_64_FLAGS_H
#define TRANSLATE_X86_64_FLAGS_H

#include "emitter.h"

// As Jcc encodes them.
enum {
  CONDITION_O,
  CONDITION_B = 2,
  CONDITION_AE,
  CONDITION_E,
  CONDITION_NE,
  CONDITION_BE,
  CONDITION_A,
  CONDITION_S,
  CONDITION_NS,
  CONDITION_P,
  CONDITION_NP,
  CONDITION_L,
  CONDITION_GE,
  CONDITION_LE,
  CONDITION_G
};

// Notes flags: the result is LOCAL_X, the second operand LOCAL_Y (if `second`).
void emit_note(struct emitter *emitter, enum x86_flags_kind kind, unsigned size, bool second);
// Notes CF and ZF, an i32 for each on the stack, 0 or 1, and that no other flag is set.
void emit_note_comparison(struct emitter *emitter, const struct x86_op *op);
// Notes what SAHF does.
void emit_note_accumulator(struct emitter *emitter);
// A condition as Jcc encodes it, as i32: 0 or not.
void emit_condition(struct emitter *emitter, unsigned condition);
// The comparison that a condition asks of a subtraction's operands (of the result and 0, for the sign), as 0 or 1. Both
// are on the stack: i64 for size 3, else i32 behind emit_extend.
void emit_comparison(struct emitter *emitter, unsigned condition, unsigned size);
// An i32 that was extended with zeros from the size, as the condition takes it.
void emit_extend(struct emitter *emitter, unsigned condition, unsigned size);
// The carry as i32, 0 or 1.
void emit_carry(struct emitter *emitter);
// The flags' locals to struct x86_cpu, those of FLAGS_BIT and SECOND_BIT that the set has, and back.
void emit_store_flags(struct emitter *emitter, uint64_t set);
void emit_load_flags(struct emitter *emitter);
// Before two ways of which one notes flags.
void emit_copy_flags(struct emitter *emitter);

#endif
