// Floating-point arithmetic on the host, where it provably gives the guest's result and flags.
//
// Host arithmetic rounds to nearest even and tells no flags. Its result can be taken when that is the rounding asked
// for, NX is already set in fflags (so that "inexact" says nothing new) and the result is normal and not the least
// normal, or an exact 0: then no operand was a NaN or made an exception, and nothing overflowed or underflowed.
// Programs set NX with their first inexact result and rarely clear it, so nearly all arithmetic comes this way.
#ifndef CPU_RISCV64_FAST_FLOAT_H
#define CPU_RISCV64_FAST_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

enum fast_operation { FAST_ADD, FAST_SUBTRACT, FAST_MULTIPLY, FAST_DIVIDE, FAST_SQUARE_ROOT };

// False if the result may not be used; `a` and `b` are bit patterns.
bool fast_double(enum fast_operation operation, uint64_t a, uint64_t b, uint64_t *result);
bool fast_single(enum fast_operation operation, uint32_t a, uint32_t b, uint64_t *result);
// a * b + c, rounded once.
bool fast_fused_double(uint64_t a, uint64_t b, uint64_t c, uint64_t *result);
bool fast_fused_single(uint32_t a, uint32_t b, uint32_t c, uint64_t *result);
// Towards zero, of a double whose integer part is small enough to be safe; `*exact` if nothing was cut off.
bool fast_to_integer(uint64_t a, int64_t limit, int64_t *result, bool *exact);

#endif
