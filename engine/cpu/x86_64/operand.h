// Operands of handlers, by the op's size.
#ifndef CPU_X86_64_OPERAND_H
#define CPU_X86_64_OPERAND_H

#include "op.h"

#include <string.h>

static inline uint64_t x86_read(const void *from, unsigned size) {
  uint64_t value = 0;
  switch (size) {
  case 0: memcpy(&value, from, 1); break;
  case 1: memcpy(&value, from, 2); break;
  case 2: memcpy(&value, from, 4); break;
  default: memcpy(&value, from, 8); break;
  }
  return value;
}

// Writes of 32 bits clear the upper half (SDM 1, 3.4.1.1).
static inline void x86_write(void *to, unsigned size, uint64_t value) {
  switch (size) {
  case 0: memcpy(to, &value, 1); break;
  case 1: memcpy(to, &value, 2); break;
  case 2:
    value = (uint32_t)value;
    memcpy(to, &value, 8);
    break;
  default: memcpy(to, &value, 8); break;
  }
}

static inline uint64_t x86_sign_extend(uint64_t value, unsigned size) {
  const unsigned shift = 64 - (8U << size);
  return (uint64_t)((int64_t)(value << shift) >> shift);
}

#endif
