#include "softfloat_internal.h"

typedef unsigned __int128 uint128;

const struct fp_format FP_SINGLE = {.fraction_bits = 23, .exponent_bits = 8};
const struct fp_format FP_DOUBLE = {.fraction_bits = 52, .exponent_bits = 11};

struct fp_number fp_unpack(const struct fp_format *format, uint64_t bits) {
  const uint64_t fraction = bits & ((UINT64_C(1) << format->fraction_bits) - 1);
  const uint64_t all_ones = (UINT64_C(1) << format->exponent_bits) - 1;
  const uint64_t biased = bits >> format->fraction_bits & all_ones;
  struct fp_number number = {.kind = FP_FINITE, .sign = (bits & fp_sign_bit(format)) != 0};
  if (biased == all_ones) {
    const bool quiet = (fraction >> (format->fraction_bits - 1)) != 0;
    number.kind = fraction == 0 ? FP_INFINITE : quiet ? FP_QUIET : FP_SIGNALING;
  } else if (biased == 0 && fraction == 0) {
    number.kind = FP_ZERO;
  } else if (biased == 0) {
    const int32_t leading = __builtin_clzll(fraction);
    number.significand = fraction << leading;
    number.exponent = 1 - fp_bias(format) + (63 - leading) - format->fraction_bits;
  } else {
    number.significand = UINT64_C(1) << 63 | fraction << (63 - format->fraction_bits);
    number.exponent = (int32_t)biased - fp_bias(format);
  }
  return number;
}

bool fp_rounds_up(enum fp_rounding rounding, bool sign, bool odd, uint64_t rest, uint64_t half) {
  switch (rounding) {
  case FP_RNE: return rest > half || (rest == half && odd);
  case FP_RTZ: return false;
  case FP_RDN: return sign && rest;
  case FP_RUP: return !sign && rest;
  default: return rest >= half; // FP_RMM
  }
}

static uint64_t shift_right_sticky(uint64_t value, int32_t count) {
  if (count == 0)
    return value;
  return count > 63 ? value != 0 : value >> count | ((value << (64 - count)) != 0);
}

static uint64_t overflow(const struct fp_format *format, bool sign, struct fp_context *context) {
  context->flags |= FP_OF | FP_NX;
  const bool to_infinity = fp_rounds_up(context->rounding, sign, true, 2, 1);
  return (sign ? fp_sign_bit(format) : 0) | (fp_infinity(format) - (to_infinity ? 0 : 1));
}

uint64_t fp_round(const struct fp_format *format, bool sign, int32_t exponent, uint64_t significand,
                  struct fp_context *context) {
  const int32_t drop = 63 - format->fraction_bits, lowest = 1 - fp_bias(format);
  const uint64_t rest_mask = (UINT64_C(1) << drop) - 1, half = UINT64_C(1) << (drop - 1);
  bool tiny = false;
  if (exponent < lowest) {
    // Tininess is judged as if the exponent had no bound: a value that rounds up to the least normal is not tiny.
    const uint64_t kept = significand >> drop;
    const bool carries = kept == (UINT64_C(2) << format->fraction_bits) - 1 &&
                         fp_rounds_up(context->rounding, sign, kept & 1, significand & rest_mask, half);
    tiny = exponent < lowest - 1 || !carries;
    significand = shift_right_sticky(significand, lowest - exponent);
    exponent = lowest - 1; // biased 0
  }
  const uint64_t rest = significand & rest_mask;
  uint64_t kept = significand >> drop;
  if (rest) {
    context->flags |= FP_NX | (tiny ? FP_UF : 0);
    kept += fp_rounds_up(context->rounding, sign, kept & 1, rest, half);
  }
  const uint64_t hidden = UINT64_C(1) << format->fraction_bits;
  const bool subnormal = exponent < lowest;
  if (kept >> (format->fraction_bits + 1)) {
    kept >>= 1;
    exponent++;
  }
  if (exponent > fp_bias(format))
    return overflow(format, sign, context);
  // A subnormal that rounded up to the hidden bit becomes the least normal by the same sum.
  const uint64_t biased = subnormal ? 0 : (uint64_t)(exponent + fp_bias(format));
  const uint64_t magnitude = subnormal ? kept : (biased << format->fraction_bits) + (kept - hidden);
  return (sign ? fp_sign_bit(format) : 0) | magnitude;
}

static uint64_t invalid(const struct fp_format *format, struct fp_context *context) {
  context->flags |= FP_NV;
  return fp_canonical_nan(format);
}

static uint64_t nan_result(const struct fp_format *format, const struct fp_number *a, const struct fp_number *b,
                           struct fp_context *context) {
  if (a->kind == FP_SIGNALING || b->kind == FP_SIGNALING)
    context->flags |= FP_NV;
  return fp_canonical_nan(format);
}

static uint64_t zero(const struct fp_format *format, bool sign) {
  return sign ? fp_sign_bit(format) : 0;
}

static uint64_t infinite(const struct fp_format *format, bool sign) {
  return zero(format, sign) | fp_infinity(format);
}

// The sum of two zeros, or of two values that cancel (IEEE 754, 6.3).
static uint64_t zero_sum(const struct fp_format *format, bool sign_a, bool sign_b, const struct fp_context *context) {
  return zero(format, sign_a == sign_b ? sign_a : context->rounding == FP_RDN);
}

static int leading_zeros(uint128 value) {
  const uint64_t high = (uint64_t)(value >> 64);
  return high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value);
}

static uint128 shift_right_sticky_wide(uint128 value, int32_t count) {
  if (count == 0)
    return value;
  return count > 127 ? value != 0 : value >> count | ((value << (128 - count)) != 0);
}

// A sum of two finite values whose significands have bit 126 set: (-1)^sign * wide * 2^(exponent - 126).
struct wide_number {
  bool sign;
  int32_t exponent;
  uint128 significand;
};

static uint64_t add_wide(const struct fp_format *format, struct wide_number a, struct wide_number b,
                         struct fp_context *context) {
  const int32_t distance = a.exponent - b.exponent;
  const int32_t exponent = distance > 0 ? a.exponent : b.exponent;
  if (distance > 0)
    b.significand = shift_right_sticky_wide(b.significand, distance);
  else
    a.significand = shift_right_sticky_wide(a.significand, -distance);
  const bool a_larger = a.significand >= b.significand;
  uint128 sum = a.significand + b.significand;
  if (a.sign != b.sign)
    sum = a_larger ? a.significand - b.significand : b.significand - a.significand;
  if (sum == 0)
    return zero_sum(format, a.sign, b.sign, context);
  const int leading = leading_zeros(sum);
  sum <<= leading;
  const uint64_t sticky = (uint64_t)sum != 0;
  return fp_round(format, a_larger ? a.sign : b.sign, exponent + 1 - leading, (uint64_t)(sum >> 64) | sticky, context);
}

static struct wide_number widen(const struct fp_number *number) {
  return (struct wide_number){number->sign, number->exponent, (uint128)number->significand << 63};
}

uint64_t fp_add(const struct fp_format *format, uint64_t a_bits, uint64_t b_bits, struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits), b = fp_unpack(format, b_bits);
  if (fp_is_nan(&a) || fp_is_nan(&b))
    return nan_result(format, &a, &b, context);
  if (a.kind == FP_INFINITE && b.kind == FP_INFINITE && a.sign != b.sign)
    return invalid(format, context);
  if (a.kind == FP_INFINITE || b.kind == FP_INFINITE)
    return infinite(format, a.kind == FP_INFINITE ? a.sign : b.sign);
  if (a.kind == FP_ZERO && b.kind == FP_ZERO)
    return zero_sum(format, a.sign, b.sign, context);
  if (a.kind == FP_ZERO || b.kind == FP_ZERO)
    return a.kind == FP_ZERO ? b_bits : a_bits;
  return add_wide(format, widen(&a), widen(&b), context);
}

static struct wide_number product(const struct fp_number *a, const struct fp_number *b) {
  struct wide_number result = {a->sign != b->sign, a->exponent + b->exponent, (uint128)a->significand * b->significand};
  if (result.significand >> 127) {
    // No bit is lost: the significands have at least 11 zeros at their end.
    result.significand >>= 1;
    result.exponent++;
  }
  return result;
}

uint64_t fp_multiply(const struct fp_format *format, uint64_t a_bits, uint64_t b_bits, struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits), b = fp_unpack(format, b_bits);
  const bool sign = a.sign != b.sign;
  if (fp_is_nan(&a) || fp_is_nan(&b))
    return nan_result(format, &a, &b, context);
  if (a.kind == FP_INFINITE || b.kind == FP_INFINITE)
    return a.kind == FP_ZERO || b.kind == FP_ZERO ? invalid(format, context) : infinite(format, sign);
  if (a.kind == FP_ZERO || b.kind == FP_ZERO)
    return zero(format, sign);
  const struct wide_number result = product(&a, &b);
  const uint64_t sticky = (uint64_t)(result.significand << 1) != 0;
  return fp_round(format, sign, result.exponent, (uint64_t)(result.significand >> 63) | sticky, context);
}

uint64_t fp_divide(const struct fp_format *format, uint64_t a_bits, uint64_t b_bits, struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits), b = fp_unpack(format, b_bits);
  const bool sign = a.sign != b.sign;
  if (fp_is_nan(&a) || fp_is_nan(&b))
    return nan_result(format, &a, &b, context);
  if (a.kind == b.kind && (a.kind == FP_INFINITE || a.kind == FP_ZERO))
    return invalid(format, context);
  if (a.kind == FP_INFINITE)
    return infinite(format, sign);
  if (a.kind == FP_ZERO || b.kind == FP_INFINITE)
    return zero(format, sign);
  if (b.kind == FP_ZERO) {
    context->flags |= FP_DZ;
    return infinite(format, sign);
  }
  const uint128 dividend = (uint128)a.significand << 63;
  const uint64_t quotient = (uint64_t)(dividend / b.significand);
  const uint64_t exact = quotient | (dividend % b.significand != 0);
  const int less = !(quotient >> 63);
  return fp_round(format, sign, a.exponent - b.exponent - less, exact << less, context);
}

static uint64_t integer_root(uint128 value) {
  uint64_t root = 0;
  for (int bit = 63; bit >= 0; bit--) {
    const uint64_t candidate = root | UINT64_C(1) << bit;
    if ((uint128)candidate * candidate <= value)
      root = candidate;
  }
  return root;
}

uint64_t fp_square_root(const struct fp_format *format, uint64_t a_bits, struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits);
  if (fp_is_nan(&a))
    return nan_result(format, &a, &a, context);
  if (a.kind == FP_ZERO)
    return a_bits;
  if (a.sign)
    return invalid(format, context);
  if (a.kind == FP_INFINITE)
    return a_bits;
  const int odd = a.exponent & 1;
  const uint128 radicand = (uint128)a.significand << (63 + odd);
  const uint64_t root = integer_root(radicand);
  const uint64_t sticky = (uint128)root * root != radicand;
  return fp_round(format, false, (a.exponent - odd) / 2, root | sticky, context);
}

uint64_t fp_multiply_add(const struct fp_format *format, uint64_t a_bits, uint64_t b_bits, uint64_t c_bits,
                         struct fp_context *context) {
  const struct fp_number a = fp_unpack(format, a_bits), b = fp_unpack(format, b_bits), c = fp_unpack(format, c_bits);
  const bool infinite_product = a.kind == FP_INFINITE || b.kind == FP_INFINITE;
  const bool sign = a.sign != b.sign;
  // Infinity times zero is invalid even when a quiet NaN is added (unprivileged specification 20.6).
  if ((a.kind == FP_INFINITE && b.kind == FP_ZERO) || (a.kind == FP_ZERO && b.kind == FP_INFINITE))
    return invalid(format, context);
  if (fp_is_nan(&a) || fp_is_nan(&b) || fp_is_nan(&c)) {
    if (c.kind == FP_SIGNALING)
      context->flags |= FP_NV;
    return nan_result(format, &a, &b, context);
  }
  if (infinite_product && c.kind == FP_INFINITE && sign != c.sign)
    return invalid(format, context);
  if (infinite_product || c.kind == FP_INFINITE)
    return infinite(format, infinite_product ? sign : c.sign);
  const bool zero_product = a.kind == FP_ZERO || b.kind == FP_ZERO;
  if (zero_product)
    return c.kind == FP_ZERO ? zero_sum(format, sign, c.sign, context) : c_bits;
  const struct wide_number exact = product(&a, &b);
  if (c.kind == FP_ZERO) {
    const uint64_t sticky = (uint64_t)(exact.significand << 1) != 0;
    return fp_round(format, sign, exact.exponent, (uint64_t)(exact.significand >> 63) | sticky, context);
  }
  return add_wide(format, exact, widen(&c), context);
}
