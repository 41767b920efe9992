// Ops.
#ifndef TRANSLATE_X86_64_OP_H
#define TRANSLATE_X86_64_OP_H

#include "emitter.h"

// The code of one op that does not jump. False: it is not translated.
bool emit_op(struct emitter *emitter, const struct x86_op *op);
// Instructions that an op counts as.
int emit_counted(const struct emitter *emitter, const struct x86_op *op);

#endif
