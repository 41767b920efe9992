// Conversions, comparisons and classification (unprivileged specification 20.7 to 20.9).
#include "softfloat_convert.h"

#include "softfloat_internal.h"

uint64_t fp_convert(const struct fp_format *from, const struct fp_format *to, uint64_t bits,
                    struct fp_context *context) {
  const struct fp_number a = fp_unpack(from, bits);
  const uint64_t sign = a.sign ? fp_sign_bit(to) : 0;
  switch (a.kind) {
  case FP_ZERO: return sign;
  case FP_INFINITE: return sign | fp_infinity(to);
  case FP_SIGNALING: context->flags |= FP_NV; return fp_canonical_nan(to);
  case FP_QUIET: return fp_canonical_nan(to);
  default: return fp_round(to, a.sign, a.exponent, a.significand, context);
  }
}

uint64_t fp_from_integer(const struct fp_format *format, uint64_t magnitude, bool negative,
                         struct fp_context *context) {
  if (magnitude == 0)
    return 0;
  const int leading = __builtin_clzll(magnitude);
  return fp_round(format, negative, 63 - leading, magnitude << leading, context);
}

static uint64_t sign_extend(uint64_t value, unsigned width) {
  return width == 32 ? (uint64_t)(int64_t)(int32_t)(uint32_t)value : value;
}

static uint64_t saturated(bool negative, unsigned width, bool is_signed) {
  if (is_signed)
    return sign_extend((UINT64_C(1) << (width - 1)) - !negative, width);
  return negative ? 0 : UINT64_MAX; // the largest of 32 bits is sign-extended too
}

static bool fits(uint64_t magnitude, bool negative, unsigned width, bool is_signed) {
  if (is_signed)
    return magnitude <= (UINT64_C(1) << (width - 1)) - !negative;
  return negative ? magnitude == 0 : magnitude <= (width == 64 ? UINT64_MAX : UINT32_MAX);
}

uint64_t fp_to_integer(const struct fp_format *format, uint64_t bits, unsigned width, bool is_signed,
                       struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, bits);
  const bool negative = a.sign && !fp_is_nan(&a);
  if (a.kind == FP_ZERO)
    return 0;
  if (a.kind != FP_FINITE || a.exponent > 63) {
    context->flags |= FP_NV;
    return saturated(negative, width, is_signed);
  }
  // The value's integer part, and its fraction as 64 bits below the point.
  const int32_t shift = 63 - a.exponent;
  uint64_t whole = shift > 63 ? 0 : a.significand >> shift;
  uint64_t rest = shift > 64 ? 1 : shift == 64 ? a.significand : shift == 0 ? 0 : a.significand << (64 - shift);
  const bool up = fp_rounds_up(context->rounding, negative, whole & 1, rest, UINT64_C(1) << 63);
  const bool wraps = up && whole == UINT64_MAX;
  whole += up;
  if (wraps || !fits(whole, negative, width, is_signed)) {
    context->flags |= FP_NV;
    return saturated(negative, width, is_signed);
  }
  if (rest)
    context->flags |= FP_NX;
  return sign_extend(negative ? 0 - whole : whole, width);
}

uint64_t fp_negate(const struct fp_format *format, uint64_t a) {
  return a ^ fp_sign_bit(format);
}

// Order of two values that are not NaN, by their bits: sign and magnitude. -0 comes before +0.
static bool bits_less(const struct fp_format *format, uint64_t a, uint64_t b) {
  const uint64_t sign = fp_sign_bit(format);
  if ((a & sign) != (b & sign))
    return (a & sign) != 0;
  return a & sign ? a > b : a < b;
}

static bool both_zero(const struct fp_format *format, uint64_t a, uint64_t b) {
  return ((a | b) & (fp_sign_bit(format) - 1)) == 0;
}

uint64_t fp_minimum(const struct fp_format *format, uint64_t a_bits, uint64_t b_bits, bool maximum,
                    struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits), b = fp_unpack(format, b_bits);
  if (a.kind == FP_SIGNALING || b.kind == FP_SIGNALING)
    context->flags |= FP_NV;
  if (fp_is_nan(&a) && fp_is_nan(&b))
    return fp_canonical_nan(format);
  if (fp_is_nan(&a) || fp_is_nan(&b))
    return fp_is_nan(&a) ? b_bits : a_bits;
  return bits_less(format, a_bits, b_bits) != maximum ? a_bits : b_bits;
}

bool fp_equal(const struct fp_format *format, uint64_t a_bits, uint64_t b_bits, struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits), b = fp_unpack(format, b_bits);
  if (fp_is_nan(&a) || fp_is_nan(&b)) {
    if (a.kind == FP_SIGNALING || b.kind == FP_SIGNALING)
      context->flags |= FP_NV;
    return false;
  }
  return a_bits == b_bits || both_zero(format, a_bits, b_bits);
}

bool fp_less(const struct fp_format *format, uint64_t a_bits, uint64_t b_bits, bool or_equal,
             struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits), b = fp_unpack(format, b_bits);
  if (fp_is_nan(&a) || fp_is_nan(&b)) {
    context->flags |= FP_NV;
    return false;
  }
  if (a_bits == b_bits || both_zero(format, a_bits, b_bits))
    return or_equal;
  return bits_less(format, a_bits, b_bits);
}

uint64_t fp_classify(const struct fp_format *format, uint64_t bits) {
  const struct fp_number a = fp_unpack(format, bits);
  const bool subnormal = a.kind == FP_FINITE && a.exponent < 1 - fp_bias(format);
  switch (a.kind) {
  case FP_INFINITE: return a.sign ? 1 << 0 : 1 << 7;
  case FP_ZERO: return a.sign ? 1 << 3 : 1 << 4;
  case FP_SIGNALING: return 1 << 8;
  case FP_QUIET: return 1 << 9;
  default: break;
  }
  if (subnormal)
    return a.sign ? 1 << 2 : 1 << 5;
  return a.sign ? 1 << 1 : 1 << 6;
}
