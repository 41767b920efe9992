// Conversions.
#ifndef TRANSLATE_RISCV64_FLOAT_CONVERT_H
#define TRANSLATE_RISCV64_FLOAT_CONVERT_H

#include "emitter.h"

// False: not translated here, or not as the rounding is now; then nothing was written.
bool emit_float_convert(struct emitter *emitter, const struct riscv_op *op, unsigned code);

#endif
