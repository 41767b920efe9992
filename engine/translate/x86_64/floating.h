// Arithmetic of SSE.
#ifndef TRANSLATE_X86_64_FLOATING_H
#define TRANSLATE_X86_64_FLOATING_H

#include "emitter.h"

// False: not translated here; then what was written is to be thrown away.
bool emit_float(struct emitter *emitter, const struct x86_op *op);

#endif
