#include "real.h"

#include "real_internal.h"

typedef real_wide uint128;

const struct real_format REAL_SINGLE = {24, 127};
const struct real_format REAL_DOUBLE = {53, 1023};
const struct real_format REAL_EXTENDED = {64, 16383};

#define TOP REAL_TOP
#define QUIET_BIT (UINT64_C(1) << 62)
enum { BIAS_ADJUSTMENT = 24576 }; // of an x87 result whose overflow or underflow is not masked (SDM 1, 8.5.4)

bool real_is_nan(const struct real *value) {
  return value->kind >= REAL_QUIET;
}

struct real real_indefinite(void) {
  return (struct real){.kind = REAL_QUIET, .sign = true, .significand = TOP | QUIET_BIT};
}

struct real real_negate(struct real value) {
  value.sign = !value.sign;
  return value;
}

struct real real_zero(bool sign) {
  return (struct real){.kind = REAL_ZERO, .sign = sign};
}

static struct real infinity(bool sign) {
  return (struct real){.kind = REAL_INFINITE, .sign = sign};
}

static struct real unpack(uint64_t bits, unsigned fraction_bits, unsigned exponent_bits, bool zeros) {
  const uint64_t fraction = bits << (64 - fraction_bits), all_ones = (UINT64_C(1) << exponent_bits) - 1;
  const uint64_t biased = bits >> fraction_bits & all_ones;
  const int32_t bias = (int32_t)(all_ones >> 1);
  struct real value = {.kind = REAL_FINITE, .sign = (bits >> (fraction_bits + exponent_bits) & 1) != 0};
  value.exponent = (int32_t)biased - bias;
  value.significand = TOP | fraction >> 1;
  if (biased == all_ones) {
    value.kind = fraction == 0 ? REAL_INFINITE : fraction >> 63 ? REAL_QUIET : REAL_SIGNALING;
  } else if (biased == 0 && (fraction == 0 || zeros)) {
    value.kind = REAL_ZERO;
  } else if (biased == 0) {
    const int leading = __builtin_clzll(fraction);
    value.denormal = true;
    value.significand = fraction << leading;
    value.exponent = -bias - leading;
  }
  return value;
}

struct real real_from_single(uint32_t bits, const struct real_context *context) {
  return unpack(bits, 23, 8, context->zeros);
}

struct real real_from_double(uint64_t bits, const struct real_context *context) {
  return unpack(bits, 52, 11, context->zeros);
}

struct real real_from_extended(uint64_t significand, uint16_t sign_exponent) {
  const int32_t biased = sign_exponent & 0x7fff;
  struct real value = {.kind = REAL_FINITE, .sign = sign_exponent >> 15, .significand = significand};
  value.exponent = biased - REAL_EXTENDED.maximum;
  if (biased == 0x7fff) {
    if (!(significand & TOP))
      value.kind = REAL_UNSUPPORTED;
    else
      value.kind = significand == TOP ? REAL_INFINITE : significand & QUIET_BIT ? REAL_QUIET : REAL_SIGNALING;
  } else if (biased == 0) {
    value.denormal = significand != 0;
    value.kind = significand ? REAL_FINITE : REAL_ZERO;
    if (significand) {
      const int leading = __builtin_clzll(significand);
      value.significand = significand << leading;
      value.exponent = 1 - REAL_EXTENDED.maximum - leading;
    }
  } else if (!(significand & TOP)) {
    value.kind = REAL_UNSUPPORTED; // unnormal, or pseudo-infinity
  }
  return value;
}

struct real real_from_integer(int64_t value) {
  if (value == 0)
    return real_zero(false);
  const uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  const int leading = __builtin_clzll(magnitude);
  return (struct real){
      .kind = REAL_FINITE, .sign = value < 0, .exponent = 63 - leading, .significand = magnitude << leading};
}

static uint64_t pack(const struct real *value, unsigned fraction_bits, unsigned exponent_bits) {
  const uint64_t all_ones = (UINT64_C(1) << exponent_bits) - 1;
  const uint64_t sign = (uint64_t)value->sign << (fraction_bits + exponent_bits);
  const int32_t least = 2 - (int32_t)((all_ones + 1) >> 1);
  switch (value->kind) {
  case REAL_ZERO: return sign;
  case REAL_INFINITE: return sign | all_ones << fraction_bits;
  case REAL_FINITE: break;
  default: return sign | all_ones << fraction_bits | (value->significand << 1) >> (64 - fraction_bits);
  }
  if (least - value->exponent > 63) // an underflow that is not masked: nobody stores this
    return sign;
  if (value->exponent < least) // denormal, and exact
    return sign | value->significand >> (63 - fraction_bits) >> (least - value->exponent);
  const uint64_t biased = (uint64_t)(value->exponent - least + 1);
  return sign | biased << fraction_bits | (value->significand << 1) >> (64 - fraction_bits);
}

uint32_t real_to_single(const struct real *value) {
  return (uint32_t)pack(value, 23, 8);
}

uint64_t real_to_double(const struct real *value) {
  return pack(value, 52, 11);
}

void real_to_extended(const struct real *value, uint64_t *significand, uint16_t *sign_exponent) {
  const uint16_t sign = (uint16_t)(value->sign << 15);
  const int32_t least = 1 - REAL_EXTENDED.maximum;
  *significand = value->significand;
  switch (value->kind) {
  case REAL_ZERO:
    *significand = 0;
    *sign_exponent = sign;
    return;
  case REAL_INFINITE:
    *significand = TOP;
    *sign_exponent = sign | 0x7fff;
    return;
  case REAL_FINITE: break;
  default: *sign_exponent = sign | 0x7fff; return;
  }
  if (value->exponent < least) {
    *significand = value->significand >> (least - value->exponent);
    *sign_exponent = sign;
    return;
  }
  *sign_exponent = sign | (uint16_t)(value->exponent + REAL_EXTENDED.maximum);
}

bool real_rounds_up(enum real_rounding rounding, bool sign, bool odd, uint128 rest, uint128 half) {
  switch (rounding) {
  case REAL_NEAREST: return rest > half || (rest == half && odd);
  case REAL_DOWN: return sign && rest;
  case REAL_UP: return !sign && rest;
  case REAL_TRUNCATE: break;
  }
  return false;
}

real_wide real_shift_right_sticky(uint128 value, int32_t count) {
  if (count == 0)
    return value;
  return count > 127 ? value != 0 : value >> count | ((value << (128 - count)) != 0);
}

// Rounds to `precision` bits. `*carry`: the significand became the next power of two.
static uint64_t round_significand(uint128 value, unsigned precision, enum real_rounding rounding, bool sign,
                                  bool *inexact, bool *up, bool *carry) {
  const unsigned drop = 128 - precision;
  const uint128 one = (uint128)1 << drop, rest = value & (one - 1);
  const uint64_t kept = (uint64_t)(value >> drop);
  *inexact = rest != 0;
  *up = real_rounds_up(rounding, sign, kept & 1, rest, one >> 1);
  const uint64_t rounded = kept + *up, limit = precision == 64 ? 0 : UINT64_C(1) << precision;
  *carry = *up && rounded == limit;
  return *carry ? TOP : rounded << (64 - precision);
}

static struct real overflowed(const struct real_format *format, bool sign, struct real_context *context) {
  context->flags |= REAL_OE | REAL_PE;
  const bool to_infinity = real_rounds_up(context->rounding, sign, true, 2, 1);
  context->rounded_up = to_infinity;
  if (to_infinity)
    return infinity(sign);
  return (struct real){.kind = REAL_FINITE,
                       .sign = sign,
                       .exponent = format->maximum,
                       .significand = UINT64_MAX << (64 - format->precision)};
}

struct real real_round(const struct real_format *format, bool sign, int32_t exponent, uint64_t significand,
                       uint64_t rest, struct real_context *context) {
  const int32_t least = 1 - format->maximum;
  uint128 value = (uint128)significand << 64 | rest;
  bool inexact, up, carry;
  struct real result = {.kind = REAL_FINITE, .sign = sign, .exponent = exponent};
  // Tininess is judged as if the exponent had no bound: a value that rounds up to the least normal is not tiny.
  result.significand = round_significand(value, format->precision, context->rounding, sign, &inexact, &up, &carry);
  const bool tiny = exponent + carry < least, unmasked = !(context->masks & REAL_UE);
  if (tiny && context->flush && !unmasked) {
    context->flags |= REAL_UE | REAL_PE;
    return real_zero(sign);
  }
  if (exponent < least && !(tiny && unmasked)) {
    value = real_shift_right_sticky(value, least - exponent);
    // The same rounding at a place that is fixed now; the result may have any number of leading zeros.
    const unsigned drop = 128 - format->precision;
    const uint128 one = (uint128)1 << drop, cut = value & (one - 1);
    const uint64_t kept = (uint64_t)(value >> drop);
    inexact = cut != 0;
    up = real_rounds_up(context->rounding, sign, kept & 1, cut, one >> 1);
    const uint64_t rounded = kept + up;
    if (rounded == 0) {
      result = real_zero(sign);
    } else {
      const int leading = __builtin_clzll(rounded) - (64 - format->precision);
      result.significand = rounded << (leading + 64 - format->precision);
      result.exponent = least - leading;
      result.denormal = leading > 0;
    }
  } else {
    result.exponent += carry;
  }
  context->rounded_up = up;
  context->flags |= (inexact ? REAL_PE : 0) | (tiny && (inexact || unmasked) ? REAL_UE : 0);
  if (tiny && unmasked && context->x87) {
    result.exponent += BIAS_ADJUSTMENT;
    if (result.exponent < least) { // FSCALE can be that far off
      context->flags |= REAL_PE;
      return real_zero(sign);
    }
  }
  if (result.exponent <= format->maximum || result.kind == REAL_ZERO)
    return result;
  if (!(context->masks & REAL_OE)) { // SSE stores no result then
    context->flags |= REAL_OE;
    result.exponent -= BIAS_ADJUSTMENT;
    if (result.exponent <= format->maximum)
      return result;
    context->flags |= REAL_PE;
    return infinity(sign);
  }
  return overflowed(format, sign, context);
}

static struct real invalid(struct real_context *context) {
  context->flags |= REAL_IE;
  return real_indefinite();
}

static struct real quiet(struct real value) {
  value.kind = REAL_QUIET;
  value.significand |= QUIET_BIT;
  return value;
}

// SSE takes the first operand if it is a NaN. x87 takes the one with the larger significand, a quiet one before a
// signaling one, a positive one of equals (SDM 1, table 4-7).
struct real real_choose_nan(struct real a, struct real b, struct real_context *context) {
  if (a.kind == REAL_UNSUPPORTED || b.kind == REAL_UNSUPPORTED)
    return invalid(context);
  if (a.kind == REAL_SIGNALING || b.kind == REAL_SIGNALING)
    context->flags |= REAL_IE;
  if (!real_is_nan(&b))
    return quiet(a);
  if (!real_is_nan(&a))
    return quiet(b);
  if (!context->x87)
    return quiet(a);
  if (a.kind != b.kind)
    return a.kind == REAL_QUIET ? a : b;
  if (a.significand != b.significand)
    return quiet(a.significand > b.significand ? a : b);
  return quiet(a.sign ? b : a);
}

void real_note_denormals(const struct real *a, const struct real *b, struct real_context *context) {
  if (a->denormal || b->denormal)
    context->flags |= REAL_DE;
}

struct real real_convert(const struct real_format *format, struct real a, struct real_context *context) {
  if (real_is_nan(&a))
    return real_choose_nan(a, a, context);
  real_note_denormals(&a, &a, context);
  if (a.kind != REAL_FINITE)
    return a;
  return real_round(format, a.sign, a.exponent, a.significand, 0, context);
}

// Significands have bit 126 set, so that a sum has room.
static struct real add_finite(const struct real_format *format, const struct real *a, const struct real *b,
                              struct real_context *context) {
  uint128 x = (uint128)a->significand << 63, y = (uint128)b->significand << 63;
  const int32_t distance = a->exponent - b->exponent, exponent = distance > 0 ? a->exponent : b->exponent;
  if (distance > 0)
    y = real_shift_right_sticky(y, distance);
  else
    x = real_shift_right_sticky(x, -distance);
  const bool sign = x >= y ? a->sign : b->sign;
  uint128 sum = a->sign == b->sign ? x + y : x >= y ? x - y : y - x;
  if (sum == 0)
    return real_zero(context->rounding == REAL_DOWN);
  const uint64_t high = (uint64_t)(sum >> 64);
  const int leading = high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)sum);
  sum <<= leading;
  return real_round(format, sign, exponent + 1 - leading, (uint64_t)(sum >> 64), (uint64_t)sum, context);
}

struct real real_add(const struct real_format *format, struct real a, struct real b, struct real_context *context) {
  if (real_is_nan(&a) || real_is_nan(&b))
    return real_choose_nan(a, b, context);
  if (a.kind == REAL_INFINITE && b.kind == REAL_INFINITE && a.sign != b.sign)
    return invalid(context);
  real_note_denormals(&a, &b, context);
  if (a.kind == REAL_INFINITE || b.kind == REAL_INFINITE)
    return a.kind == REAL_INFINITE ? a : b;
  if (a.kind == REAL_ZERO && b.kind == REAL_ZERO)
    return real_zero(a.sign == b.sign ? a.sign : context->rounding == REAL_DOWN);
  if (a.kind == REAL_ZERO || b.kind == REAL_ZERO) {
    const struct real *other = a.kind == REAL_ZERO ? &b : &a;
    return real_round(format, other->sign, other->exponent, other->significand, 0, context);
  }
  return add_finite(format, &a, &b, context);
}

struct real real_multiply(const struct real_format *format, struct real a, struct real b,
                          struct real_context *context) {
  const bool sign = a.sign != b.sign;
  if (real_is_nan(&a) || real_is_nan(&b))
    return real_choose_nan(a, b, context);
  if ((a.kind == REAL_INFINITE && b.kind == REAL_ZERO) || (a.kind == REAL_ZERO && b.kind == REAL_INFINITE))
    return invalid(context);
  real_note_denormals(&a, &b, context);
  if (a.kind == REAL_INFINITE || b.kind == REAL_INFINITE)
    return infinity(sign);
  if (a.kind == REAL_ZERO || b.kind == REAL_ZERO)
    return real_zero(sign);
  uint128 product = (uint128)a.significand * b.significand;
  const int leading = !(product >> 127);
  product <<= leading;
  return real_round(format, sign, a.exponent + b.exponent + 1 - leading, (uint64_t)(product >> 64), (uint64_t)product,
                    context);
}

struct real real_divide(const struct real_format *format, struct real a, struct real b, struct real_context *context) {
  const bool sign = a.sign != b.sign;
  if (real_is_nan(&a) || real_is_nan(&b))
    return real_choose_nan(a, b, context);
  if (a.kind == b.kind && (a.kind == REAL_INFINITE || a.kind == REAL_ZERO))
    return invalid(context);
  if (b.kind == REAL_ZERO && a.kind == REAL_FINITE) {
    context->flags |= REAL_ZE;
    return infinity(sign);
  }
  real_note_denormals(&a, &b, context);
  if (a.kind == REAL_INFINITE)
    return infinity(sign);
  if (a.kind == REAL_ZERO || b.kind == REAL_INFINITE)
    return real_zero(sign);
  const int less = a.significand < b.significand;
  const uint128 dividend = (uint128)a.significand << (63 + less);
  const uint64_t quotient = (uint64_t)(dividend / b.significand);
  const uint128 remainder = (dividend % b.significand) << 64;
  const uint64_t rest = (uint64_t)(remainder / b.significand) | (remainder % b.significand != 0);
  return real_round(format, sign, a.exponent - b.exponent - less, quotient, rest, context);
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

struct real real_square_root(const struct real_format *format, struct real a, struct real_context *context) {
  if (real_is_nan(&a))
    return real_choose_nan(a, a, context);
  if (a.kind == REAL_ZERO)
    return a;
  if (a.sign)
    return invalid(context);
  real_note_denormals(&a, &a, context);
  if (a.kind == REAL_INFINITE)
    return a;
  const int odd = a.exponent & 1;
  const uint128 radicand = (uint128)a.significand << (63 + odd);
  const uint64_t root = integer_root(radicand);
  const uint128 remainder = radicand - (uint128)root * root;
  // More than half a unit is left if the remainder is above the root; exactly half cannot be.
  const uint64_t rest = remainder == 0 ? 0 : remainder > root ? TOP | 1 : 1;
  return real_round(format, false, (a.exponent - odd) / 2, root, rest, context);
}
