// Scans, counts and swaps: what WebAssembly has instructions for, or a few make up.
#ifndef TRANSLATE_X86_64_BITS_H
#define TRANSLATE_X86_64_BITS_H

#include "emitter.h"

// False if the op is none of these, or has operands that are not written out.
bool emit_bits(struct emitter *emitter, const struct x86_op *op);

#endif
