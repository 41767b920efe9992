// F and D.
#ifndef TRANSLATE_RISCV64_FLOATING_H
#define TRANSLATE_RISCV64_FLOATING_H

#include "emitter.h"

// Leaves the unit if floating point is off; and notes that a register of it, or a flag, has changed.
void emit_float_on(struct emitter *emitter);
void emit_float_dirty(struct emitter *emitter);
// False: not translated here; then nothing was written.
bool emit_float(struct emitter *emitter, const struct riscv_op *op, unsigned code);

#endif
