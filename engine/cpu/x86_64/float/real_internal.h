// Shared by real.c (formats, rounding, arithmetic) and real_integer.c (integers, comparisons).
#ifndef CPU_X86_64_FLOAT_REAL_INTERNAL_H
#define CPU_X86_64_FLOAT_REAL_INTERNAL_H

#include "real.h"

typedef unsigned __int128 real_wide;

#define REAL_TOP (UINT64_C(1) << 63)

struct real real_zero(bool sign);
// Should the magnitude go up by one unit, given what is cut off (`rest`, compared with `half`) and the lowest bit kept?
bool real_rounds_up(enum real_rounding rounding, bool sign, bool odd, real_wide rest, real_wide half);
// Bit 0 of the result also stands for what was shifted out.
real_wide real_shift_right_sticky(real_wide value, int32_t count);
// The result of an operation of which one operand is a NaN.
struct real real_choose_nan(struct real a, struct real b, struct real_context *context);
void real_note_denormals(const struct real *a, const struct real *b, struct real_context *context);

#endif
