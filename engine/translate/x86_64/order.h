// Instructions that put bytes of their operands in another order.
#ifndef TRANSLATE_X86_64_ORDER_H
#define TRANSLATE_X86_64_ORDER_H

#include "cpu/x86_64/op.h"

// A byte of the destination is its number, one of the source is so much more, and what is more than that is 0.
enum { ORDER_SOURCE = 16, ORDER_ZERO = 32 };

// Which byte of its operands each byte of its result is; false: the op does more than that.
bool x86_vector_order(const struct x86_op *op, uint8_t bytes[16]);
// Elements of 1 << size bytes: of the source where the mask has a bit, else of the destination.
void x86_blend_order(uint8_t bytes[16], unsigned size, unsigned mask);

#endif
