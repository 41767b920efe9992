// Functions of x87's transcendental instructions, computed with 113 bits so that rounding to 64 is right but for rare
// cases near the middle. Arguments are finite and not zero.
#ifndef CPU_X86_64_FLOAT_QUAD_H
#define CPU_X86_64_FLOAT_QUAD_H

#include "real.h"

// A value with about 113 good bits, to be rounded by real_round.
struct quad_value {
  bool sign;
  int32_t exponent;
  uint64_t significand, rest;
};

struct quad_value quad_exp2_minus_1(struct real x);                 // |x| <= 1
struct quad_value quad_y_log2(struct real y, struct real x);        // y * log2(x), x > 0 and not 1
struct quad_value quad_y_log2_plus_1(struct real y, struct real x); // y * log2(x + 1)
// The angle of (x, y), both finite; y not zero, or x negative.
struct quad_value quad_atan(struct real y, struct real x);
// |x| < 2^63
void quad_sin_cos(struct real x, struct quad_value *sine, struct quad_value *cosine);
struct quad_value quad_tan(struct real x);

#endif
