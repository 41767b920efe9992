// What x87's instructions need beside the interpreter's functions.
#ifndef TRANSLATE_X86_64_X87_H
#define TRANSLATE_X86_64_X87_H

#include "emitter.h"

// False: not translated here; then what was written is to be thrown away.
bool emit_x87(struct emitter *emitter, const struct x86_op *op);

#endif
