// Operands of MMX and SSE handlers: 8 or 16 bytes, by the op's size.
#ifndef CPU_X86_64_VECTOR_H
#define CPU_X86_64_VECTOR_H

#include "op.h"

#include <string.h>

static inline unsigned x86_width(const struct x86_op *op) {
  return 1U << op->size;
}

// A copy of a constant size is two instructions of WebAssembly, any other one a call of the host.
static inline void x86_copy_vector(void *to, const void *from, unsigned width) {
  switch (width) {
  case 8: memcpy(to, from, 8); break;
  case 16: memcpy(to, from, 16); break;
  default: memcpy(to, from, width); break;
  }
}

static inline struct x86_xmm x86_vector(const void *from, unsigned width) {
  struct x86_xmm vector = {.q = {0, 0}};
  x86_copy_vector(&vector, from, width);
  return vector;
}

#endif
