#include "order.h"

// Elements of 1 << size bytes of both operands in turn.
static void interleave(uint8_t *bytes, unsigned size, bool high) {
  const unsigned element = 1U << size;
  for (unsigned i = 0; i < 16; i++) {
    const unsigned pair = i / (2 * element), inside = i % element, second = i / element & 1;
    bytes[i] = (uint8_t)((high ? 8 : 0) + pair * element + inside + (second ? ORDER_SOURCE : 0));
  }
}

void x86_blend_order(uint8_t bytes[16], unsigned size, unsigned mask) {
  for (unsigned i = 0; i < 16; i++)
    bytes[i] = (uint8_t)(i + (mask >> (i >> size) & 1 ? ORDER_SOURCE : 0));
}

// Words of one half of the source by pairs of bits, from the byte `start` on; the other half as it is.
static void words_of_half(uint8_t *bytes, unsigned start, unsigned order) {
  for (unsigned i = 0; i < 16; i++)
    bytes[i] = (uint8_t)(ORDER_SOURCE + i);
  for (unsigned i = 0; i < 8; i++)
    bytes[start + i] = (uint8_t)(ORDER_SOURCE + start + (order >> i / 2 * 2 & 3) * 2 + i % 2);
}

// An element of the source for each two; `odd`: the second of them.
static void twice(uint8_t *bytes, unsigned size, bool odd) {
  const unsigned element = 1U << size;
  for (unsigned i = 0; i < 16; i++)
    bytes[i] = (uint8_t)(ORDER_SOURCE + (i / element / 2 * 2 + odd) * element + i % element);
}

// Elements by `bits` of the order each; the low half from the byte `low` on, the high one from the source.
static void elements(uint8_t *bytes, unsigned size, unsigned low, unsigned bits, unsigned order) {
  for (unsigned i = 0; i < 16; i++) {
    const unsigned chosen = order >> (i >> size) * bits & ((1U << bits) - 1);
    bytes[i] = (uint8_t)((i < 8 ? low : ORDER_SOURCE) + (chosen << size) + i % (1U << size));
  }
}

// 16 of the bytes of two vectors behind each other, from `start` on. Behind them are zeros.
static void window(uint8_t *bytes, unsigned first, unsigned second, unsigned start) {
  for (unsigned i = 0; i < 16; i++) {
    const unsigned at = start + i;
    bytes[i] = (uint8_t)(at < 16 ? first + at : at < 32 ? second + at - 16 : ORDER_ZERO);
  }
}

// The low bytes move up.
static void shift_left(uint8_t *bytes, unsigned count) {
  for (unsigned i = 0; i < 16; i++)
    bytes[i] = (uint8_t)(i < count ? ORDER_ZERO : i - count);
}

bool x86_vector_order(const struct x86_op *op, uint8_t bytes[16]) {
  const unsigned imm = (unsigned)op->imm;
  switch ((enum x86_code)op->code) {
  case X86_PUNPCKLBW: interleave(bytes, 0, false); return true;
  case X86_PUNPCKLWD: interleave(bytes, 1, false); return true;
  case X86_PUNPCKLDQ: interleave(bytes, 2, false); return true;
  case X86_PUNPCKLQDQ: interleave(bytes, 3, false); return true;
  case X86_PUNPCKHBW: interleave(bytes, 0, true); return true;
  case X86_PUNPCKHWD: interleave(bytes, 1, true); return true;
  case X86_PUNPCKHDQ: interleave(bytes, 2, true); return true;
  case X86_PUNPCKHQDQ: interleave(bytes, 3, true); return true;
  case X86_PBLENDW: x86_blend_order(bytes, 1, imm); return true;
  case X86_BLENDPS: x86_blend_order(bytes, 2, imm); return true;
  case X86_BLENDPD: x86_blend_order(bytes, 3, imm); return true;
  case X86_PSHUFLW: words_of_half(bytes, 0, imm); return true;
  case X86_PSHUFHW: words_of_half(bytes, 8, imm); return true;
  case X86_MOVSLDUP: twice(bytes, 2, false); return true;
  case X86_MOVSHDUP: twice(bytes, 2, true); return true;
  case X86_PSHUFD: elements(bytes, 2, ORDER_SOURCE, 2, imm); return true;
  case X86_SHUFPS: elements(bytes, 2, 0, 2, imm); return true;
  case X86_SHUFPD: elements(bytes, 3, 0, 1, imm); return true;
  case X86_PSRLDQ: window(bytes, 0, ORDER_ZERO, imm & 0xff); return true;
  case X86_PSLLDQ: shift_left(bytes, imm & 0xff); return true;
  case X86_PALIGNR: window(bytes, ORDER_SOURCE, 0, imm & 0xff); return true;
  default: return false;
  }
}
