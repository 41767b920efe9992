// SSE that moves elements within vectors, in and out of them, where the host has SIMD.
#ifndef TRANSLATE_X86_64_SHUFFLE_H
#define TRANSLATE_X86_64_SHUFFLE_H

#include "emitter.h"

bool emit_shuffle(struct emitter *emitter, const struct x86_op *op);

#endif
