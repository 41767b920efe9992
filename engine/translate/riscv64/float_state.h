// What is known about floating point at a place of a block, and what code asks of it.
#ifndef TRANSLATE_RISCV64_FLOAT_STATE_H
#define TRANSLATE_RISCV64_FLOAT_STATE_H

#include "emitter.h"

// Leaves the unit if floating point is off; and notes that a register of it, or a flag, has changed.
void emit_float_on(struct emitter *emitter);
void emit_float_dirty(struct emitter *emitter);

// Does an instruction round to nearest, as far as can be told now? If so, emit_nearest makes sure of it.
bool float_is_nearest(const struct emitter *emitter, const struct riscv_op *op);
void emit_nearest(struct emitter *emitter, const struct riscv_op *op);
unsigned float_rounding(const struct riscv_op *op);
enum { ROUNDING_DYNAMIC = 7 };

// Is NX noted already, so that an inexact result says nothing new? If it is now, emit_inexact_noted makes sure of it.
// If not, what emit_if_inexact_is_new opens, an IF, is to leave the unit for an inexact result.
bool float_inexact_is_noted(const struct emitter *emitter);
void emit_inexact_noted(struct emitter *emitter);
void emit_if_inexact_is_new(struct emitter *emitter);
bool float_knows_inexact(const struct emitter *emitter);

// Does LOCAL_S have the register's single?
bool float_knows_single(const struct emitter *emitter, unsigned number);
void float_know_single(struct emitter *emitter, unsigned number);
void float_forget_single(struct emitter *emitter, unsigned number);

// What is known about NX, or rounding, no longer holds.
void float_forget_control(struct emitter *emitter, bool flags, bool rounding);

#endif
