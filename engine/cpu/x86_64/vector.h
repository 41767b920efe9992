// Operands of MMX and SSE handlers: 8 or 16 bytes, by the op's size.
#ifndef CPU_X86_64_VECTOR_H
#define CPU_X86_64_VECTOR_H

#include "op.h"

#include <string.h>

static inline unsigned x86_width(const struct x86_op *op) {
  return 1U << op->size;
}

static inline struct x86_xmm x86_vector(const void *from, unsigned width) {
  struct x86_xmm vector = {.q = {0, 0}};
  memcpy(&vector, from, width);
  return vector;
}

#endif
