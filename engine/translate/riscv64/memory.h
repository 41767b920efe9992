// Loads, stores and atomics.
#ifndef TRANSLATE_RISCV64_MEMORY_H
#define TRANSLATE_RISCV64_MEMORY_H

#include "emitter.h"

// False: not translated here; then nothing was written.
bool emit_memory(struct emitter *emitter, const struct riscv_op *op, unsigned code);

#endif
