// F and D, but for loads and stores.
#ifndef TRANSLATE_RISCV64_FLOATING_H
#define TRANSLATE_RISCV64_FLOATING_H

#include "emitter.h"

// False: not translated here; then nothing was written.
bool emit_float(struct emitter *emitter, const struct riscv_op *op, unsigned code);

#endif
