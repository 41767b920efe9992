#include "x87_quick.h"

#include "x87.h"

// A significand whose upper half is the result's before it is rounded.
struct wide {
  uint64_t high, low;
};

static struct wide product_of(uint64_t a, uint64_t b) {
  const uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX), high = (a >> 32) * (b >> 32);
  const uint64_t first = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
  const uint64_t second = (a & UINT32_MAX) * (b >> 32) + (first & UINT32_MAX);
  return (struct wide){high + (first >> 32) + (second >> 32), second << 32 | (low & UINT32_MAX)};
}

// Up to 127 bits to the right; the lowest bit also says whether any was lost.
static struct wide shifted(uint64_t value, unsigned by) {
  if (by == 0)
    return (struct wide){value, 0};
  if (by < 64)
    return (struct wide){value >> by, value << (64 - by)};
  const unsigned more = by - 64;
  return (struct wide){0, more ? value >> more | (value << (64 - more) != 0) : value};
}

// Writes the nearest extended number. The exponent is that of the top bit of `value`, which is not 0.
static void write_nearest(struct x86_cpu *cpu, struct x86_real *to, bool sign, int exponent, struct wide value) {
  const uint64_t half = X87_TOP_BIT;
  const int leading = value.high ? __builtin_clzll(value.high) : 64 + __builtin_clzll(value.low);
  if (leading >= 64)
    value = (struct wide){value.low << (leading - 64), 0};
  else if (leading)
    value = (struct wide){value.high << leading | value.low >> (64 - leading), value.low << leading};
  const bool up = value.low > half || (value.low == half && (value.high & 1));
  value.high += up;
  exponent -= leading;
  if (value.high == 0) {
    value.high = X87_TOP_BIT;
    exponent++;
  }
  to->significand = value.high;
  to->sign_exponent = (uint16_t)((unsigned)sign << 15 | (unsigned)exponent);
  cpu->x87.status = (uint16_t)((cpu->x87.status & ~STATUS_C1) | (value.low ? REAL_PE : 0) | (up ? STATUS_C1 : 0));
}

static struct wide add_wide(uint64_t larger, struct wide smaller, bool *carried) {
  const uint64_t sum = larger + smaller.high;
  *carried = sum < larger;
  if (!*carried)
    return (struct wide){sum, smaller.low};
  return (struct wide){sum >> 1 | X87_TOP_BIT, sum << 63 | smaller.low >> 1 | (smaller.low & 1)};
}

static struct wide subtract_wide(uint64_t larger, struct wide smaller) {
  return (struct wide){larger - smaller.high - (smaller.low != 0), 0 - smaller.low};
}

// Neither special nor near the format's limits, so that no sum or product is.
static bool is_ordinary(const struct x86_real *value) {
  enum { ENOUGH = 8000 };
  const int exponent = (value->sign_exponent & X87_EXPONENTS) - X87_BIAS;
  return value->significand >> 63 && exponent > -ENOUGH && exponent < ENOUGH;
}

static bool are_usual(const struct x86_cpu *cpu, unsigned to, unsigned from) {
  enum { CONTROL_LOOKED_AT = 0xf3f };
  return !((cpu->x87.control ^ CONTROL_AT_INIT) & CONTROL_LOOKED_AT) && !x87_is_empty(cpu, to) &&
         !x87_is_empty(cpu, from) && is_ordinary(&cpu->x87.registers[x87_physical(cpu, to)]) &&
         is_ordinary(&cpu->x87.registers[x87_physical(cpu, from)]);
}

bool x87_add_quickly(struct x86_cpu *cpu, unsigned to, unsigned from, bool negate_to, bool negate_from) {
  enum { FAR = 127 };
  struct x86_real *target = x87_register(cpu, to);
  const struct x86_real *other = x87_register(cpu, from);
  if (!are_usual(cpu, to, from))
    return false;
  const unsigned exponent = target->sign_exponent & X87_EXPONENTS,
                 other_exponent = other->sign_exponent & X87_EXPONENTS;
  const bool sign = (target->sign_exponent >> 15) ^ negate_to, other_sign = (other->sign_exponent >> 15) ^ negate_from;
  const bool swapped =
      other_exponent > exponent || (other_exponent == exponent && other->significand > target->significand);
  const unsigned greater = swapped ? other_exponent : exponent,
                 distance = greater - (swapped ? exponent : other_exponent);
  bool carried = false;
  if (distance > FAR)
    return false;
  const uint64_t larger = swapped ? other->significand : target->significand;
  const struct wide smaller = shifted(swapped ? target->significand : other->significand, distance);
  const struct wide sum = sign == other_sign ? add_wide(larger, smaller, &carried) : subtract_wide(larger, smaller);
  if (!(sum.high | sum.low))
    return false;
  write_nearest(cpu, target, swapped ? other_sign : sign, (int)(greater + carried), sum);
  return true;
}

bool x87_multiply_quickly(struct x86_cpu *cpu, unsigned to, unsigned from) {
  struct x86_real *target = x87_register(cpu, to);
  const struct x86_real *other = x87_register(cpu, from);
  if (!are_usual(cpu, to, from))
    return false;
  const int exponent = (target->sign_exponent & X87_EXPONENTS) + (other->sign_exponent & X87_EXPONENTS) - X87_BIAS;
  write_nearest(cpu, target, (target->sign_exponent ^ other->sign_exponent) >> 15, exponent + 1,
                product_of(target->significand, other->significand));
  return true;
}
