// Ops that functions of the interpreter execute.
#ifndef TRANSLATE_X86_64_HANDLER_H
#define TRANSLATE_X86_64_HANDLER_H

#include "emitter.h"

// False: not translated here; then nothing was written.
bool emit_handler(struct emitter *emitter, const struct x86_op *op);

#endif
