// Transcendental functions (SDM 1, 8.3.6 to 8.3.8).
#include "cpu/x86_64/op.h"
#include "cpu/x86_64/system/fault.h"
#include "quad.h"
#include "x87_operands.h"

static struct real round_quad(struct quad_value value, struct real_context *context) {
  return real_round(&REAL_EXTENDED, value.sign, value.exponent, value.significand, value.rest, context);
}

enum x86_result x86_f2xm1(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  if (x87_missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real x = x87_read(cpu, 0);
  struct real result = x;
  if (real_is_nan(&x)) {
    result = x87_nan_of(x, x, &context);
  } else if (x.kind == REAL_INFINITE) {
    result = x.sign ? real_negate(real_from_integer(1)) : x;
  } else if (x.kind == REAL_FINITE) {
    context.flags |= x.denormal ? REAL_DE : 0;
    context.flags |= REAL_PE; // always, on processors
    // Beyond 1 the result is undefined: the operand stays. At the ends it is exact.
    if (x.exponent < 0)
      result = round_quad(quad_exp2_minus_1(x), &context);
    else if (x.sign && x.exponent == 0 && x.significand == UINT64_C(1) << 63)
      result = (struct real){.kind = REAL_FINITE, .sign = true, .exponent = -1, .significand = x.significand};
  }
  x87_finish_at(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

static bool is_one(const struct real *x) {
  return x->kind == REAL_FINITE && !x->sign && x->exponent == 0 && x->significand == UINT64_C(1) << 63;
}

// A result that happens to be exact: processors do not tell, and report PE, and UE where it is denormal.
static struct real as_inexact(struct real result, struct real_context *context) {
  const bool tiny = result.kind == REAL_FINITE && result.exponent < 1 - REAL_EXTENDED.maximum;
  context->flags |= REAL_PE | (tiny ? REAL_UE : 0);
  return result;
}

// y * log2(x) (SDM 2A, table 3-49).
static struct real y_log2(struct real y, struct real x, struct real_context *context) {
  if (real_is_nan(&x) || real_is_nan(&y))
    return x87_nan_of(y, x, context);
  if (x.sign && x.kind != REAL_ZERO)
    return x87_invalid(context);
  if (x.kind == REAL_ZERO) {
    if (y.kind == REAL_ZERO)
      return x87_invalid(context);
    if (y.kind == REAL_FINITE)
      context->flags |= REAL_ZE;
    return (struct real){.kind = REAL_INFINITE, .sign = !y.sign};
  }
  if (x.kind == REAL_INFINITE) {
    if (y.kind == REAL_ZERO)
      return x87_invalid(context);
    context->flags |= y.denormal ? REAL_DE : 0;
    return (struct real){.kind = REAL_INFINITE, .sign = y.sign};
  }
  if (x.denormal || y.denormal)
    context->flags |= REAL_DE;
  const bool below = x.exponent < 0;
  if (y.kind == REAL_INFINITE)
    return is_one(&x) ? x87_invalid(context) : (struct real){.kind = REAL_INFINITE, .sign = y.sign != below};
  if (y.kind == REAL_ZERO || is_one(&x))
    return (struct real){.kind = REAL_ZERO, .sign = y.sign != below};
  if (x.significand == UINT64_C(1) << 63) // a power of two: exact but for the product
    return as_inexact(real_multiply(&REAL_EXTENDED, y, real_from_integer(x.exponent), context), context);
  return round_quad(quad_y_log2(y, x), context);
}

static struct real y_log2_plus_1(struct real y, struct real x, struct real_context *context) {
  if (real_is_nan(&x) || real_is_nan(&y))
    return x87_nan_of(y, x, context);
  const bool infinite = x.kind == REAL_INFINITE || y.kind == REAL_INFINITE;
  if (infinite && (x.kind == REAL_ZERO || y.kind == REAL_ZERO || (x.kind == REAL_INFINITE && x.sign)))
    return x87_invalid(context);
  if (x.denormal || y.denormal)
    context->flags |= REAL_DE;
  if (infinite)
    return (struct real){.kind = REAL_INFINITE, .sign = x.sign != y.sign};
  if (x.kind == REAL_ZERO || y.kind == REAL_ZERO)
    return (struct real){.kind = REAL_ZERO, .sign = x.sign != y.sign};
  // Outside of +-(1 - sqrt(1/2)) the result is undefined.
  if (x.exponent >= -1)
    return as_inexact(x, context);
  return round_quad(quad_y_log2_plus_1(y, x), context);
}

// (significand + rest / 2^64) less something that only rounding can see.
static struct real round_below(bool sign, int32_t exponent, uint64_t significand, uint64_t rest,
                               struct real_context *context) {
  const bool borrows = rest == 0, power = borrows && significand == UINT64_C(1) << 63;
  return real_round(&REAL_EXTENDED, sign, exponent - power, power ? UINT64_MAX : significand - borrows, rest - 1,
                    context);
}

// The angle of a small quotient: a little less than it. The quotient may be exact.
static struct real small_angle(struct real a, struct real b, struct real_context *context) {
  const unsigned shift = a.significand < b.significand ? 64 : 63;
  const unsigned __int128 dividend = (unsigned __int128)a.significand << shift;
  const uint64_t quotient = (uint64_t)(dividend / b.significand);
  const unsigned __int128 left = dividend % b.significand << 64;
  const bool exact = left % b.significand == 0;
  const uint64_t rest = (uint64_t)(left / b.significand);
  const int32_t exponent = a.exponent - b.exponent - (shift == 64);
  if (exact)
    return round_below(a.sign, exponent, quotient, rest, context);
  return real_round(&REAL_EXTENDED, a.sign, exponent, quotient, rest | 1, context);
}

// With infinities and zeros the angle is a multiple of pi/4 (SDM 2A, table 3-39).
static struct real arc_tangent(struct real y, struct real x, struct real_context *context) {
  if (real_is_nan(&x) || real_is_nan(&y))
    return x87_nan_of(y, x, context);
  if (x.denormal || y.denormal)
    context->flags |= REAL_DE;
  const struct real one = real_from_integer(1);
  struct real a = y, b = x;
  if (y.kind == REAL_INFINITE || x.kind == REAL_INFINITE) {
    a = y.kind == REAL_INFINITE ? one : real_from_integer(0);
    b = x.kind == REAL_INFINITE ? one : real_from_integer(0);
    a.sign = y.sign;
    b.sign = x.sign;
  }
  if (a.kind == REAL_ZERO && !b.sign)
    return (struct real){.kind = REAL_ZERO, .sign = a.sign};
  if (a.kind == REAL_FINITE && b.kind == REAL_FINITE && !b.sign && a.exponent - b.exponent < -80)
    return small_angle(a, b, context);
  if (a.kind == REAL_ZERO && b.kind == REAL_ZERO) { // and b negative: pi
    const bool sign = a.sign;
    a = (struct real){.kind = REAL_ZERO, .sign = sign};
    b = real_negate(one);
  }
  return round_quad(quad_atan(a, b), context);
}

typedef struct real function_of_two(struct real y, struct real x, struct real_context *context);

// ST(1) = function(ST(1), ST(0)), and pop.
static enum x86_result apply_to_two(struct x86_cpu *cpu, function_of_two *function) {
  struct real_context context = x87_context(cpu);
  const struct real indefinite = real_indefinite();
  X87_WAIT(cpu);
  if (x87_is_empty(cpu, 0) || x87_is_empty(cpu, 1)) {
    if (x87_underflow(cpu)) {
      x87_write(cpu, 1, &indefinite);
      x87_pop(cpu);
    }
    return RESULT_NEXT;
  }
  const struct real result = function(x87_read(cpu, 1), x87_read(cpu, 0), &context);
  if (x87_finish_at(cpu, &context, 1, &result))
    x87_pop(cpu);
  return RESULT_NEXT;
}

enum x86_result x86_fyl2x(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_to_two(cpu, y_log2);
}

enum x86_result x86_fyl2xp1(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_to_two(cpu, y_log2_plus_1);
}

enum x86_result x86_fpatan(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_to_two(cpu, arc_tangent);
}

// C2: the operand is out of range and stays.
static bool out_of_range(struct x86_cpu *cpu, const struct real *x) {
  if (x->kind != REAL_FINITE || x->exponent < 63)
    return false;
  cpu->x87.status |= STATUS_C2;
  cpu->x87.status &= (uint16_t)~STATUS_C1;
  return true;
}

// What is far below the root of the last place: its sine is the argument, a little less, its tangent a little more.
static bool is_tiny(const struct real *x) {
  return x->exponent < -100;
}

// The function's value where all of them are alike, or nothing.
static bool is_special(struct real x, struct real *result, struct real_context *context) {
  *result = x;
  if (real_is_nan(&x))
    *result = x87_nan_of(x, x, context);
  else if (x.kind == REAL_INFINITE)
    *result = x87_invalid(context);
  context->flags |= x.kind == REAL_FINITE && x.denormal ? REAL_DE : 0;
  return x.kind != REAL_FINITE;
}

static struct real sine_of(struct real x, struct real_context *context) {
  struct quad_value sine, cosine;
  struct real result;
  if (is_special(x, &result, context))
    return result;
  if (is_tiny(&x))
    return round_below(x.sign, x.exponent, x.significand, 0, context);
  quad_sin_cos(x, &sine, &cosine);
  return round_quad(sine, context);
}

static struct real cosine_of(struct real x, struct real_context *context) {
  struct quad_value sine, cosine;
  struct real result;
  if (x.kind == REAL_ZERO)
    return real_from_integer(1);
  if (is_special(x, &result, context))
    return result;
  quad_sin_cos(x, &sine, &cosine);
  return round_quad(cosine, context);
}

static struct real tangent_of(struct real x, struct real_context *context) {
  struct real result;
  if (is_special(x, &result, context))
    return result;
  if (is_tiny(&x))
    return real_round(&REAL_EXTENDED, x.sign, x.exponent, x.significand, 1, context);
  return round_quad(quad_tan(x), context);
}

static enum x86_result apply_to_one(struct x86_cpu *cpu,
                                    struct real (*function)(struct real x, struct real_context *context)) {
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C2;
  if (x87_missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real x = x87_read(cpu, 0);
  if (out_of_range(cpu, &x))
    return RESULT_NEXT;
  const struct real result = function(x, &context);
  x87_finish_at(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

enum x86_result x86_fsin(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_to_one(cpu, sine_of);
}

enum x86_result x86_fcos(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_to_one(cpu, cosine_of);
}

// FSINCOS leaves the sine and pushes the cosine; FPTAN leaves the tangent and pushes 1. The flags are the first one's.
static enum x86_result apply_and_push(struct x86_cpu *cpu, bool tangent) {
  struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C2;
  if (x87_missing_or_full(cpu))
    return RESULT_NEXT;
  const struct real x = x87_read(cpu, 0);
  if (out_of_range(cpu, &x))
    return RESULT_NEXT;
  const struct real first = tangent ? tangent_of(x, &context) : sine_of(x, &context);
  struct real_context second = x87_context(cpu);
  const struct real pushed = real_is_nan(&first) ? first : tangent ? real_from_integer(1) : cosine_of(x, &second);
  if (x87_finish_at(cpu, &context, 0, &first))
    x87_push_result(cpu, &pushed);
  return RESULT_NEXT;
}

enum x86_result x86_fsincos(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_and_push(cpu, false);
}

enum x86_result x86_fptan(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_and_push(cpu, true);
}
