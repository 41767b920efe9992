// Roots, remainders, powers of two (SDM 1, 8.3.5 and 8.3.9), and packed decimals.
#include "cpu/x86_64/operand.h"
#include "cpu/x86_64/system/fault.h"
#include "cpu/x86_64/system/mmu.h"
#include "real_integer.h"
#include "x87_operands.h"

enum x86_result x86_fsqrt(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  if (x87_missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real result = real_square_root(x87_precision(cpu), x87_read(cpu, 0), &context);
  x87_finish_at(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

enum x86_result x86_frndint(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  bool answered;
  X87_WAIT(cpu);
  if (x87_missing(cpu, false, &answered))
    return RESULT_NEXT;
  const struct real value = x87_read(cpu, 0);
  const struct real result = real_round_to_integral(value, &context);
  if (value.denormal)
    context.flags |= REAL_DE;
  x87_finish_at(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

static struct real scale(struct real a, struct real b, struct real_context *context) {
  if (real_is_nan(&a) || real_is_nan(&b))
    return x87_nan_of(a, b, context);
  if (b.kind == REAL_INFINITE) {
    if (a.kind == (b.sign ? REAL_INFINITE : REAL_ZERO))
      return x87_invalid(context);
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
  if (x87_missing(cpu, true, &answered))
    return RESULT_NEXT;
  const struct real result = scale(x87_read(cpu, 0), x87_read(cpu, 1), &context);
  x87_finish_at(cpu, &context, 0, &result);
  return RESULT_NEXT;
}

enum x86_result x86_fxtract(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  struct real_context context = x87_context(cpu);
  X87_WAIT(cpu);
  if (x87_missing_or_full(cpu))
    return RESULT_NEXT;
  const struct real value = x87_read(cpu, 0);
  struct real exponent = value, significand = value;
  if (value.denormal)
    context.flags |= REAL_DE;
  if (real_is_nan(&value)) {
    exponent = significand = x87_nan_of(value, value, &context);
  } else if (value.kind == REAL_INFINITE) {
    exponent.sign = false;
  } else if (value.kind == REAL_ZERO) {
    context.flags |= REAL_ZE;
    exponent = (struct real){.kind = REAL_INFINITE, .sign = true};
  } else {
    exponent = real_from_integer(value.exponent);
    significand.exponent = 0;
  }
  if (x87_finish_at(cpu, &context, 0, &exponent))
    x87_push_result(cpu, &significand);
  return RESULT_NEXT;
}

// Divides value * 2^steps, up to 63 of them, where the divisor has few bits, as most have: 32 bits at a time. Both have
// their top bit set. False if the divisor has more bits.
static bool divide_shortly(uint64_t value, int steps, uint64_t divisor, uint64_t *quotient, uint64_t *rest) {
  const int zeros = __builtin_ctzll(divisor);
  const uint64_t odd = divisor >> zeros;
  const uint64_t high = steps ? value >> (64 - steps) : 0, low = value << steps;
  if (odd > UINT32_MAX)
    return false;
  const uint64_t upper = high << (64 - zeros) | low >> zeros;
  uint64_t left = high >> zeros; // less than `odd`, as the quotient has no more than 64 bits
  for (int shift = 32; shift >= 0; shift -= 32) {
    left = left << 32 | (uint32_t)(upper >> shift);
    *quotient = *quotient << 32 | left / odd;
    left %= odd;
  }
  *rest = left << zeros | (low & ~(UINT64_MAX << zeros));
  return true;
}

static uint16_t conditions_of(uint64_t quotient) {
  return (uint16_t)((quotient & 4 ? STATUS_C0 : 0) | (quotient & 2 ? STATUS_C3 : 0) | (quotient & 1 ? STATUS_C1 : 0));
}

static void set_conditions(struct x86_cpu *cpu, uint16_t conditions) {
  cpu->x87.status = (uint16_t)((cpu->x87.status & ~(STATUS_CONDITIONS | STATUS_C1)) | conditions);
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
  uint64_t quotient = 0, short_rest = 0;
  // In units of b's last place, times two for distance -1.
  const unsigned __int128 divisor = (unsigned __int128)b.significand << (distance < 0);
  const bool divided = steps >= 0 && divide_shortly(a.significand, steps, b.significand, &quotient, &short_rest);
  unsigned __int128 rest = divided ? short_rest : a.significand;
  for (int32_t i = 0; !divided && i <= (steps < 0 ? 0 : steps); i++) {
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
    *conditions = conditions_of(quotient);
  }
  if (rest == 0)
    return (struct real){.kind = REAL_ZERO, .sign = a.sign};
  const uint64_t high = (uint64_t)(rest >> 64);
  const int leading = high ? __builtin_clzll(high) - 64 : __builtin_clzll((uint64_t)rest);
  const uint64_t significand = leading < 0 ? (uint64_t)(rest >> -leading) : (uint64_t)rest << leading;
  return real_round(&REAL_EXTENDED, sign, unit - leading, significand, 0, context);
}

// FPREM of normal numbers, by one of few bits that is far from the least: exact, and the quotient is all there.
static bool remainder_quickly(struct x86_cpu *cpu) {
  enum { SMALL = 128, LOWEST = 7 };
  struct x86_real *a = x87_register(cpu, 0);
  const struct x86_real *b = x87_register(cpu, 1);
  const int exponent = b->sign_exponent & X87_EXPONENTS, distance = (a->sign_exponent & X87_EXPONENTS) - exponent;
  const bool normal = (a->significand & b->significand & X87_TOP_BIT) && exponent + distance > 0;
  if (x87_is_empty(cpu, 0) || x87_is_empty(cpu, 1) || !normal || exponent < SMALL || exponent == X87_EXPONENTS ||
      distance > 63 || exponent + distance == X87_EXPONENTS)
    return false;
  uint64_t quotient = 0, left = 0; // left: less than b's significand
  if (distance < 0) {
    set_conditions(cpu, 0);
    return true;
  }
  if (b->significand == X87_TOP_BIT) { // a power of two
    quotient = a->significand >> (63 - distance) & LOWEST;
    left = a->significand << distance & ~X87_TOP_BIT;
  } else if (!divide_shortly(a->significand, distance, b->significand, &quotient, &left)) {
    return false;
  }
  const int leading = left ? __builtin_clzll(left) : 0;
  a->significand = left << leading;
  a->sign_exponent = (uint16_t)((a->sign_exponent & 0x8000) | (left ? exponent - leading : 0));
  set_conditions(cpu, conditions_of(quotient));
  return true;
}

X87_RARE enum x86_result partial_remainder(struct x86_cpu *cpu, bool nearest) {
  struct real_context context = x87_context(cpu);
  bool answered;
  cpu->x87.status &= (uint16_t)~(STATUS_C2 | STATUS_C1);
  if (x87_missing(cpu, true, &answered))
    return RESULT_NEXT;
  const struct real a = x87_read(cpu, 0), b = x87_read(cpu, 1);
  struct real result = a;
  uint16_t conditions = cpu->x87.status & STATUS_CONDITIONS; // they stay if there is no quotient
  if (real_is_nan(&a) || real_is_nan(&b)) {
    result = x87_nan_of(a, b, &context);
  } else if (a.kind == REAL_INFINITE || b.kind == REAL_ZERO) {
    result = x87_invalid(&context);
  } else {
    if (a.denormal || b.denormal)
      context.flags |= REAL_DE;
    conditions = 0;
    if (a.kind == REAL_FINITE && b.kind == REAL_FINITE)
      result = remainder_of(a, b, nearest, &conditions, &context);
    else if (a.kind == REAL_FINITE) // by infinity: a itself, which may be tiny
      result = real_round(&REAL_EXTENDED, a.sign, a.exponent, a.significand, 0, &context);
  }
  if (x87_finish_at(cpu, &context, 0, &result))
    set_conditions(cpu, conditions);
  return RESULT_NEXT;
}

enum x86_result x86_fprem(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  X87_WAIT(cpu);
  return remainder_quickly(cpu) ? RESULT_NEXT : partial_remainder(cpu, false);
}

enum x86_result x86_fprem1(struct x86_cpu *cpu, const struct x86_op *op) {
  (void)op;
  X87_WAIT(cpu);
  return partial_remainder(cpu, true);
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
  cpu->temporary = true; // F_NOTE comes behind, and fetches again
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
  return RESULT_NEXT;
}
