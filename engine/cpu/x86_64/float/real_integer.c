// Rounding to integers, and comparisons.
#include "real_integer.h"

#include "real_internal.h"

// The magnitude as an integer of up to 64 bits, rounded; the exponent is below 64.
static uint64_t integral_magnitude(const struct real *a, bool *inexact, bool *up, bool *carry,
                                   enum real_rounding mode) {
  if (a->exponent >= 63) {
    *inexact = *up = *carry = false;
    return a->significand;
  }
  const real_wide value = real_shift_right_sticky((real_wide)a->significand << 64, 63 - a->exponent);
  const uint64_t kept = (uint64_t)(value >> 64), rest = (uint64_t)value;
  *inexact = rest != 0;
  *up = real_rounds_up(mode, a->sign, kept & 1, rest, REAL_TOP);
  *carry = *up && kept == UINT64_MAX;
  return kept + *up;
}

struct real real_round_to_integral(struct real a, struct real_context *context) {
  bool inexact, up, carry;
  if (real_is_nan(&a))
    return real_choose_nan(a, a, context);
  if (a.kind != REAL_FINITE || a.exponent >= 63)
    return a;
  const uint64_t magnitude = integral_magnitude(&a, &inexact, &up, &carry, context->rounding);
  context->flags |= inexact ? REAL_PE : 0;
  context->rounded_up = up;
  if (magnitude == 0)
    return real_zero(a.sign);
  const int leading = __builtin_clzll(magnitude);
  return (struct real){
      .kind = REAL_FINITE, .sign = a.sign, .exponent = 63 - leading, .significand = magnitude << leading};
}

int64_t real_to_integer(struct real a, unsigned bits, struct real_context *context) {
  const int64_t least = (int64_t)(UINT64_MAX << (bits - 1));
  bool inexact, up, carry;
  if (a.kind == REAL_ZERO)
    return 0;
  if (a.kind != REAL_FINITE || a.exponent > 63) {
    context->flags |= REAL_IE;
    return least;
  }
  const uint64_t magnitude = integral_magnitude(&a, &inexact, &up, &carry, context->rounding);
  const uint64_t limit = (UINT64_C(1) << (bits - 1)) - !a.sign;
  if (carry || magnitude > limit) {
    context->flags |= REAL_IE;
    return least;
  }
  context->flags |= inexact ? REAL_PE : 0;
  context->rounded_up = up;
  return (int64_t)(a.sign ? 0 - magnitude : magnitude);
}

static int compare_magnitude(const struct real *a, const struct real *b) {
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1; // zero, finite, infinite
  if (a->kind != REAL_FINITE)
    return 0;
  if (a->exponent != b->exponent)
    return a->exponent < b->exponent ? -1 : 1;
  return a->significand == b->significand ? 0 : a->significand < b->significand ? -1 : 1;
}

enum real_order real_compare(struct real a, struct real b, bool quiet_is_invalid, struct real_context *context) {
  if (real_is_nan(&a) || real_is_nan(&b)) {
    if (quiet_is_invalid || a.kind > REAL_QUIET || b.kind > REAL_QUIET)
      context->flags |= REAL_IE;
    return REAL_UNORDERED;
  }
  real_note_denormals(&a, &b, context);
  if (a.kind == REAL_ZERO && b.kind == REAL_ZERO)
    return REAL_EQUAL;
  if (a.sign != b.sign)
    return a.sign ? REAL_LESS : REAL_GREATER;
  const int order = compare_magnitude(&a, &b);
  if (order == 0)
    return REAL_EQUAL;
  return (order < 0) != a.sign ? REAL_LESS : REAL_GREATER;
}
