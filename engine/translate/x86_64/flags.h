// Lazy flags.
#ifndef TRANSLATE_X86_64_FLAGS_H
#define TRANSLATE_X86_64_FLAGS_H

#include "emitter.h"

// Notes flags: the result is LOCAL_X, the second operand LOCAL_Y (if `second`).
void emit_note(struct emitter *emitter, enum x86_flags_kind kind, unsigned size, bool second);
// A condition as Jcc encodes it, as i32: 0 or not.
void emit_condition(struct emitter *emitter, unsigned condition);
// The carry as i32, 0 or 1.
void emit_carry(struct emitter *emitter);
// The flags' locals to struct x86_cpu and back.
void emit_store_flags(struct emitter *emitter);
void emit_load_flags(struct emitter *emitter);

#endif
