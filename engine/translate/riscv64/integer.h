// Arithmetic on integers: the base and M.
#ifndef TRANSLATE_RISCV64_INTEGER_H
#define TRANSLATE_RISCV64_INTEGER_H

#include "emitter.h"

// False: not translated here; then nothing was written.
bool emit_integer(struct emitter *emitter, const struct riscv_op *op, unsigned code);

#endif
