// fflags, frm and fcsr.
#ifndef TRANSLATE_RISCV64_FLOAT_CONTROL_H
#define TRANSLATE_RISCV64_FLOAT_CONTROL_H

#include "emitter.h"

// False: another instruction, or another register; then nothing was written.
bool emit_float_control(struct emitter *emitter, const struct riscv_op *op, unsigned code);

#endif
