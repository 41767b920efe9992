// Sums, products, quotients, roots, and products with a sum.
#ifndef TRANSLATE_RISCV64_FLOAT_ARITHMETIC_H
#define TRANSLATE_RISCV64_FLOAT_ARITHMETIC_H

#include "emitter.h"

// False: not translated here, or not as the rounding is now; then nothing was written.
bool emit_float_arithmetic(struct emitter *emitter, const struct riscv_op *op, unsigned code);
bool emit_float_fused(struct emitter *emitter, const struct riscv_op *op, unsigned code);

#endif
