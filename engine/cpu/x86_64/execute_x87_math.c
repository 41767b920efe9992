// Roots, remainders, powers of two and transcendental functions (SDM 1, 8.3.5 to 8.3.9), and packed decimals.
#include "operand.h"
#include "quad.h"
#include "x87.h"

// Writes the result to ST(i) unless an exception forbids.
static bool finish(struct x86_cpu *cpu, struct real_context *context, unsigned i, const struct real *value) {
  if (!x87_finish(cpu, context))
    return false;
  x87_write(cpu, i, value);
  return true;
}

// Is ST(i) missing? Then the masked answer is written, if there is one: the caller has nothing left to do but pop.
static bool missing(struct x86_cpu *cpu, bool two, bool *answered) {
  const struct real indefinite = real_indefinite();
  *answered = false;
  if (!x87_is_empty(cpu, 0) && !(two && x87_is_empty(cpu, 1)))
    return false;
  *answered = x87_underflow(cpu);
  if (*answered)
    x87_write(cpu, 0, &indefinite);
  return true;
}

enum x86_result x86_fsqrt(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  if (missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real result = real_square_root(x87_precision(cpu), x87_read(cpu, 0), &context);
  finish(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

enum x86_result x86_frndint(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  if (missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real value = x87_read(cpu, 0);
  const struct real result = real_round_to_integral(value, &context);
  if (value.denormal)
    context.flags |= REAL_DE;
  finish(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

// The NaN of one operand or two, with its flags.
static struct real nan_of(struct real a, struct real b, struct real_context *context) {
  return real_add(&REAL_EXTENDED, a, b, context);
}

static struct real invalid(struct real_context *context) {
  context->flags |= REAL_IE;
  return real_indefinite();
}

static struct real scale(struct real a, struct real b, struct real_context *context) {
  if (real_is_nan(&a) || real_is_nan(&b))
    return nan_of(a, b, context);
  if (b.kind == REAL_INFINITE) {
    if (a.kind == (b.sign ? REAL_INFINITE : REAL_ZERO))
      return invalid(context);
    if (a.denormal)
      context->flags |= REAL_DE;
    return (struct real){.kind = b.sign ? REAL_ZERO : REAL_INFINITE, .sign = a.sign};
  }
  if (a.denormal || b.denormal)
    context->flags |= REAL_DE;
  if (a.kind != REAL_FINITE || b.kind == REAL_ZERO)
    return a;
  struct real_context truncating = {.rounding = REAL_TRUNCATE};
  const int64_t limit = 65536, by = b.exponent > 20 ? (b.sign ? -limit : limit) : real_to_integer(b, 64, &truncating);
  const int32_t clamped = (int32_t)(by > limit ? limit : by < -limit ? -limit : by);
  return real_round(&REAL_EXTENDED, a.sign, a.exponent + clamped, a.significand, 0, context);
}

enum x86_result x86_fscale(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  if (missing(cpu, true, &answered))
    return RESULT_NEXT;
  const struct real result = scale(x87_read(cpu, 0), x87_read(cpu, 1), &context);
  finish(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

// Pushes a second result, if the first was written.
static void push(struct x86_cpu *cpu, const struct real *value) {
  cpu->x87.top = (cpu->x87.top - 1) & 7;
  x87_write(cpu, 0, value);
}

// Both results of an instruction that pushes; a full stack is an overflow.
static bool no_room(struct x86_cpu *cpu) {
  const struct real indefinite = real_indefinite();
  if (x87_is_empty(cpu, 7))
    return false;
  const uint8_t top = cpu->x87.top;
  if (x87_push(cpu) || cpu->x87.top != top) {
    x87_write(cpu, 0, &indefinite);
    x87_write(cpu, 1, &indefinite);
  }
  return true;
}

static bool missing_or_full(struct x86_cpu *cpu) {
  const struct real indefinite = real_indefinite();
  bool answered;
  if (missing(cpu, false, &answered)) {
    if (answered)
      push(cpu, &indefinite);
    return true;
  }
  return no_room(cpu);
}

enum x86_result x86_fxtract(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  if (missing_or_full(cpu))
    return RESULT_NEXT;
  const struct real value = x87_read(cpu, 0);
  struct real exponent = value, significand = value;
  if (value.denormal)
    context.flags |= REAL_DE;
  if (real_is_nan(&value)) {
    exponent = significand = nan_of(value, value, &context);
  } else if (value.kind == REAL_INFINITE) {
    exponent.sign = false;
  } else if (value.kind == REAL_ZERO) {
    context.flags |= REAL_ZE;
    exponent = (struct real){.kind = REAL_INFINITE, .sign = true};
  } else {
    exponent = real_from_integer(value.exponent);
    significand.exponent = 0;
  }
  if (finish(cpu, &context, 0, &exponent))
    push(cpu, &significand);
  return RESULT_NEXT;
}

// The remainder of a / b and the quotient's low bits; with more than 63 bits of quotient only a part of the way
// (C2), as SDM 2A, "FPREM" describes. `nearest`: FPREM1.
static struct real remainder_of(struct real a, struct real b, bool nearest, uint16_t *conditions,
                                struct real_context *context) {
  const int32_t distance = a.exponent - b.exponent;
  *conditions = 0;
  if (distance < (nearest ? -1 : 0)) // a itself, which may be tiny
    return real_round(&REAL_EXTENDED, a.sign, a.exponent, a.significand, 0, context);
  const int32_t steps = distance < 64 ? distance : 32 + distance % 32;
  uint64_t quotient = 0;
  unsigned __int128 rest = a.significand;
  // In units of b's last place, times two for distance -1.
  const unsigned __int128 divisor = (unsigned __int128)b.significand << (distance < 0);
  for (int32_t i = 0; i <= (steps < 0 ? 0 : steps); i++) {
    if (i > 0)
      rest <<= 1;
    quotient <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
  }
  bool sign = a.sign;
  const int32_t unit = a.exponent - (steps < 0 ? 0 : steps);
  if (distance >= 64) {
    *conditions = STATUS_C2;
  } else {
    if (nearest && (rest * 2 > divisor || (rest * 2 == divisor && (quotient & 1)))) {
      rest = divisor - rest;
      sign = !sign;
      quotient++;
    }
    *conditions =
        (uint16_t)((quotient & 4 ? STATUS_C0 : 0) | (quotient & 2 ? STATUS_C3 : 0) | (quotient & 1 ? STATUS_C1 : 0));
  }
  if (rest == 0)
    return (struct real){.kind = REAL_ZERO, .sign = a.sign};
  const uint64_t high = (uint64_t)(rest >> 64);
  const int leading = high ? __builtin_clzll(high) - 64 : __builtin_clzll((uint64_t)rest);
  const uint64_t significand = leading < 0 ? (uint64_t)(rest >> -leading) : (uint64_t)rest << leading;
  return real_round(&REAL_EXTENDED, sign, unit - leading, significand, 0, context);
}

static enum x86_result partial_remainder(struct x86_cpu *cpu, bool nearest) {
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~(STATUS_C2 | STATUS_C1);
  if (missing(cpu, true, &answered))
    return RESULT_NEXT;
  const struct real a = x87_read(cpu, 0), b = x87_read(cpu, 1);
  struct real result = a;
  uint16_t conditions = cpu->x87.status & STATUS_CONDITIONS; // they stay if there is no quotient
  if (real_is_nan(&a) || real_is_nan(&b)) {
    result = nan_of(a, b, &context);
  } else if (a.kind == REAL_INFINITE || b.kind == REAL_ZERO) {
    result = invalid(&context);
  } else {
    if (a.denormal || b.denormal)
      context.flags |= REAL_DE;
    conditions = 0;
    if (a.kind == REAL_FINITE && b.kind == REAL_FINITE)
      result = remainder_of(a, b, nearest, &conditions, &context);
  }
  if (finish(cpu, &context, 0, &result))
    cpu->x87.status = (uint16_t)((cpu->x87.status & ~(STATUS_CONDITIONS | STATUS_C1)) | conditions);
  return RESULT_NEXT;
}

enum x86_result x86_fprem(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return partial_remainder(cpu, false);
}

enum x86_result x86_fprem1(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return partial_remainder(cpu, true);
}

static struct real round_quad(struct quad_value value, struct real_context *context) {
  return real_round(&REAL_EXTENDED, value.sign, value.exponent, value.significand, value.rest, context);
}

enum x86_result x86_f2xm1(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  if (missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real x = x87_read(cpu, 0);
  struct real result = x;
  if (real_is_nan(&x)) {
    result = nan_of(x, x, &context);
  } else if (x.kind == REAL_INFINITE) {
    result = x.sign ? real_negate(real_from_integer(1)) : x;
  } else if (x.kind == REAL_FINITE) {
    context.flags |= x.denormal ? REAL_DE : 0;
    // Beyond 1 the result is undefined: the operand stays. At the ends it is exact.
    if (x.exponent < 0)
      result = round_quad(quad_exp2_minus_1(x), &context);
    else if (x.sign && x.exponent == 0 && x.significand == UINT64_C(1) << 63)
      result = (struct real){.kind = REAL_FINITE, .sign = true, .exponent = -1, .significand = x.significand};
  }
  finish(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

static bool is_one(const struct real *x) {
  return x->kind == REAL_FINITE && !x->sign && x->exponent == 0 && x->significand == UINT64_C(1) << 63;
}

// y * log2(x) (SDM 2A, table 3-49).
static struct real y_log2(struct real y, struct real x, struct real_context *context) {
  if (real_is_nan(&x) || real_is_nan(&y))
    return nan_of(y, x, context);
  if (x.sign && x.kind != REAL_ZERO)
    return invalid(context);
  if (x.kind == REAL_ZERO) {
    if (y.kind == REAL_ZERO)
      return invalid(context);
    if (y.kind == REAL_FINITE)
      context->flags |= REAL_ZE;
    return (struct real){.kind = REAL_INFINITE, .sign = !y.sign};
  }
  if (x.kind == REAL_INFINITE) {
    if (y.kind == REAL_ZERO)
      return invalid(context);
    return (struct real){.kind = REAL_INFINITE, .sign = y.sign};
  }
  if (x.denormal || y.denormal)
    context->flags |= REAL_DE;
  const bool below = x.exponent < 0;
  if (y.kind == REAL_INFINITE)
    return is_one(&x) ? invalid(context) : (struct real){.kind = REAL_INFINITE, .sign = y.sign != below};
  if (y.kind == REAL_ZERO || is_one(&x))
    return (struct real){.kind = REAL_ZERO, .sign = y.sign != below};
  if (x.significand == UINT64_C(1) << 63) // a power of two: exact but for the product
    return real_multiply(&REAL_EXTENDED, y, real_from_integer(x.exponent), context);
  return round_quad(quad_y_log2(y, x), context);
}

static struct real y_log2_plus_1(struct real y, struct real x, struct real_context *context) {
  if (real_is_nan(&x) || real_is_nan(&y))
    return nan_of(y, x, context);
  if (x.denormal || y.denormal)
    context->flags |= REAL_DE;
  if (x.kind == REAL_INFINITE || y.kind == REAL_INFINITE) {
    if (x.kind == REAL_ZERO || y.kind == REAL_ZERO || (x.kind == REAL_INFINITE && x.sign))
      return invalid(context);
    return (struct real){.kind = REAL_INFINITE, .sign = x.sign != y.sign};
  }
  if (x.kind == REAL_ZERO || y.kind == REAL_ZERO)
    return (struct real){.kind = REAL_ZERO, .sign = x.sign != y.sign};
  // Outside of +-(1 - sqrt(1/2)) the result is undefined.
  if (x.exponent >= -1)
    return x;
  return round_quad(quad_y_log2_plus_1(y, x), context);
}

// With infinities and zeros the angle is a multiple of pi/4 (SDM 2A, table 3-39).
static struct real arc_tangent(struct real y, struct real x, struct real_context *context) {
  if (real_is_nan(&x) || real_is_nan(&y))
    return nan_of(y, x, context);
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
  if (a.kind == REAL_FINITE && b.kind == REAL_FINITE && !b.sign && a.exponent - b.exponent < -80) {
    // The angle is the quotient, a little less; it may underflow.
    struct real result = real_divide(&REAL_EXTENDED, a, b, context);
    context->flags |= REAL_PE;
    return result;
  }
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
  if (finish(cpu, &context, 1, &result))
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

// The sine of what is far below the root of the last place: the argument, a little less.
static struct real sine_of_tiny(struct real x, struct real_context *context) {
  const bool power = x.significand == UINT64_C(1) << 63;
  return real_round(&REAL_EXTENDED, x.sign, x.exponent - power, power ? UINT64_MAX : x.significand - 1, UINT64_MAX,
                    context);
}

static void sine_and_cosine(struct real x, struct real *sine, struct real *cosine, struct real_context *context) {
  *sine = x;
  *cosine = real_from_integer(1);
  if (real_is_nan(&x)) {
    *sine = *cosine = nan_of(x, x, context);
  } else if (x.kind == REAL_INFINITE) {
    *sine = *cosine = invalid(context);
  } else if (x.kind == REAL_FINITE) {
    struct quad_value s, c;
    struct real_context ignored = *context;
    quad_sin_cos(x, &s, &c);
    context->flags |= x.denormal ? REAL_DE : 0;
    *cosine = round_quad(c, &ignored);
    *sine = x.exponent < -100 ? sine_of_tiny(x, context) : round_quad(s, context);
  }
}

static enum x86_result apply_to_one(struct x86_cpu *cpu, bool want_cosine) {
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C2;
  if (missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real x = x87_read(cpu, 0);
  struct real sine, cosine;
  if (out_of_range(cpu, &x))
    return RESULT_NEXT;
  sine_and_cosine(x, &sine, &cosine, &context);
  finish(cpu, &context, 0, want_cosine ? &cosine : &sine);
  return RESULT_NEXT;
}

enum x86_result x86_fsin(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_to_one(cpu, false);
}

enum x86_result x86_fcos(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  return apply_to_one(cpu, true);
}

// FSINCOS leaves the sine and pushes the cosine; FPTAN leaves the tangent and pushes 1.
static enum x86_result apply_and_push(struct x86_cpu *cpu, bool tangent) {
  struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  cpu->x87.status &= (uint16_t)~STATUS_C2;
  if (missing_or_full(cpu))
    return RESULT_NEXT;
  const struct real x = x87_read(cpu, 0);
  struct real sine, cosine;
  if (out_of_range(cpu, &x))
    return RESULT_NEXT;
  sine_and_cosine(x, &sine, &cosine, &context);
  if (tangent && x.kind == REAL_FINITE) {
    struct real_context quiet = {.masks = STATUS_FLAGS, .x87 = true};
    sine = real_divide(&REAL_EXTENDED, sine, cosine, &quiet);
  }
  if (tangent)
    cosine = real_is_nan(&sine) ? sine : real_from_integer(1);
  if (finish(cpu, &context, 0, &sine))
    push(cpu, &cosine);
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

// 18 decimal digits, two a byte, and a sign byte (SDM 1, 4.7).
enum { DECIMAL_BYTES = 10, DIGIT_BYTES = 9 };
#define DECIMAL_LIMIT INT64_C(999999999999999999)

enum x86_result x86_fbld(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  uint8_t bytes[DECIMAL_BYTES];
  X87_WAIT(cpu);
  if (!x86_load(cpu, cpu->effective, sizeof bytes, bytes))
    return RESULT_FAULT;
  int64_t value = 0;
  for (int i = DIGIT_BYTES - 1; i >= 0; i--)
    value = value * 100 + (bytes[i] >> 4) * 10 + (bytes[i] & 15);
  struct real result = real_from_integer(value);
  result.sign = bytes[DIGIT_BYTES] >> 7;
  if (x87_push(cpu))
    x87_write(cpu, 0, &result);
  return RESULT_NEXT;
}

enum x86_result x86_fbstp(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  static const uint8_t INDEFINITE[DECIMAL_BYTES] = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff};
  struct real_context context = x87_context(cpu);
  uint8_t bytes[DECIMAL_BYTES];
  memcpy(bytes, INDEFINITE, sizeof bytes);
  X87_WAIT(cpu);
  if (!x86_probe_write(cpu, cpu->effective, sizeof bytes))
    return RESULT_FAULT;
  if (x87_is_empty(cpu, 0)) {
    if (!x87_underflow(cpu))
      return RESULT_NEXT;
  } else {
    const struct real x = x87_read(cpu, 0);
    int64_t value = real_to_integer(x, 64, &context);
    if (value > DECIMAL_LIMIT || value < -DECIMAL_LIMIT)
      context.flags = REAL_IE;
    if (!x87_finish(cpu, &context))
      return RESULT_NEXT;
    if (!(context.flags & REAL_IE)) {
      value = value < 0 ? -value : value;
      for (unsigned i = 0; i < DIGIT_BYTES; i++, value /= 100)
        bytes[i] = (uint8_t)((value % 100 / 10) << 4 | value % 10);
      bytes[DIGIT_BYTES] = x.sign ? 0x80 : 0;
    }
  }
  if (!x86_store(cpu, cpu->effective, sizeof bytes, bytes))
    return RESULT_FAULT;
  x87_pop(cpu);
  return RESULT_REFETCH;
}
