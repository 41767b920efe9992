// SSE on packed integers where the host has no SIMD.
#ifndef TRANSLATE_X86_64_HALVES_H
#define TRANSLATE_X86_64_HALVES_H

#include "emitter.h"

bool emit_halves(struct emitter *emitter, const struct x86_op *op);

#endif
