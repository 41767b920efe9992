// Ops that the interpreter's loop executes itself, all but jumps.
#ifndef TRANSLATE_X86_64_INTEGER_H
#define TRANSLATE_X86_64_INTEGER_H

#include "emitter.h"

// False: not translated here; then what was written is to be thrown away.
bool emit_integer(struct emitter *emitter, const struct x86_op *op);

#endif
