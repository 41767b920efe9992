// Shared by softfloat.c (arithmetic) and softfloat_convert.c (conversions, comparisons).
#ifndef CPU_RISCV64_SOFTFLOAT_INTERNAL_H
#define CPU_RISCV64_SOFTFLOAT_INTERNAL_H

#include "softfloat.h"

enum fp_kind { FP_ZERO, FP_FINITE, FP_INFINITE, FP_QUIET, FP_SIGNALING };

// A finite value is (-1)^sign * significand * 2^(exponent - 63), with bit 63 of the significand set.
struct fp_number {
  enum fp_kind kind;
  bool sign;
  int32_t exponent;
  uint64_t significand;
};

static inline uint64_t fp_sign_bit(const struct fp_format *format) {
  return UINT64_C(1) << (format->fraction_bits + format->exponent_bits);
}

static inline int32_t fp_bias(const struct fp_format *format) {
  return (1 << (format->exponent_bits - 1)) - 1;
}

static inline uint64_t fp_infinity(const struct fp_format *format) {
  return ((UINT64_C(1) << format->exponent_bits) - 1) << format->fraction_bits;
}

static inline uint64_t fp_canonical_nan(const struct fp_format *format) {
  return fp_infinity(format) | UINT64_C(1) << (format->fraction_bits - 1);
}

static inline bool fp_is_nan(const struct fp_number *number) {
  return number->kind >= FP_QUIET;
}

struct fp_number fp_unpack(const struct fp_format *format, uint64_t bits);
// Rounds to the format. Bit 0 of the significand also stands for everything below it that is not zero.
uint64_t fp_round(const struct fp_format *format, bool sign, int32_t exponent, uint64_t significand,
                  struct fp_context *context);
// Should the magnitude go up by one unit, given what is cut off (`rest`, compared with `half`) and the lowest bit kept?
bool fp_rounds_up(enum fp_rounding rounding, bool sign, bool odd, uint64_t rest, uint64_t half);

#endif
