// Products and quotients, and what makes the operands of division wider.
#ifndef TRANSLATE_X86_64_MULTIPLY_H
#define TRANSLATE_X86_64_MULTIPLY_H

#include "emitter.h"

// False: not translated here; then what was written is to be thrown away.
bool emit_multiply(struct emitter *emitter, const struct x86_op *op);

#endif
