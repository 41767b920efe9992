// SSE arithmetic on packed integers, where the host has SIMD.
#ifndef TRANSLATE_X86_64_PACKED_H
#define TRANSLATE_X86_64_PACKED_H

#include "emitter.h"

bool emit_packed(struct emitter *emitter, const struct x86_op *op);

#endif
