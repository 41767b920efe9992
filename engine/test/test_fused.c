// Fused multiply-add on the host's arithmetic against that of softfloat.c: where the fast way says that it has the
// result, both must be equal, and softfloat may report nothing but "inexact". test_fused [CASES]
#include "cpu/riscv64/fast_float.h"
#include "cpu/riscv64/softfloat_convert.h"

#include "check.h"

#include <stdlib.h>

enum { CASES = 1000000 };

static uint64_t random_state = 88172645463325252u;

static uint64_t random_bits(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

// Significands of few bits or many, exponents near each other or anywhere, so that sums cancel, and round at a tie.
static uint64_t random_operand(unsigned fraction_bits, unsigned exponent_bits, unsigned around, unsigned spread) {
  const uint64_t random = random_bits(), mask = (UINT64_C(1) << fraction_bits) - 1;
  uint64_t fraction = random_bits() & mask;
  switch (random & 7) {
  case 0: fraction = 0; break;
  case 1: fraction = mask; break;
  case 2: fraction &= mask << (fraction_bits - 8); break;
  case 3: fraction &= UINT64_C(0xff); break;
  case 4: fraction = UINT64_C(1) << (random >> 8) % fraction_bits; break;
  default: break;
  }
  const uint64_t exponents = (UINT64_C(1) << exponent_bits) - 1;
  uint64_t exponent = (around + (random >> 16) % spread - spread / 2) & exponents;
  if ((random >> 40 & 63) == 0)
    exponent = random >> 48 & exponents;
  if ((random >> 40 & 63) == 1)
    exponent = random >> 48 & 1 ? exponents : 0;
  return (random >> 63) << (fraction_bits + exponent_bits) | exponent << fraction_bits | fraction;
}

// The third operand is often the product's negation, or nearly.
static uint64_t cancelling(const struct fp_format *format, uint64_t a, uint64_t b) {
  struct fp_context context = {.rounding = FP_RNE};
  const uint64_t product = fp_multiply(format, a, b, &context);
  return fp_negate(format, product) + (random_bits() % 5) - 2;
}

static bool take(const struct fp_format *format, bool fast, uint64_t result, uint64_t a, uint64_t b, uint64_t c) {
  struct fp_context context = {.rounding = FP_RNE};
  if (!fast)
    return false;
  const bool same = fp_multiply_add(format, a, b, c, &context) == result && (context.flags & ~(unsigned)FP_NX) == 0;
  check(same, "the same fused multiply-add", __FILE__, __LINE__);
  if (!same)
    fprintf(stderr, "  of %llx, %llx, %llx\n", (unsigned long long)a, (unsigned long long)b, (unsigned long long)c);
  return true;
}

static unsigned long doubles(unsigned long cases) {
  static const unsigned SPREADS[] = {3, 130, 2047};
  unsigned long fast = 0;
  for (unsigned long i = 0; i < cases; i++) {
    const unsigned spread = SPREADS[i % 3];
    const uint64_t a = random_operand(52, 11, 1023, spread), b = random_operand(52, 11, 1023, spread);
    const uint64_t c = i & 8 ? random_operand(52, 11, 1023, spread) : cancelling(&FP_DOUBLE, a, b);
    uint64_t result = 0;
    const bool taken = fast_fused_double(a, b, c, &result);
    fast += take(&FP_DOUBLE, taken, result, a, b, c);
  }
  return fast;
}

static unsigned long singles(unsigned long cases) {
  static const unsigned SPREADS[] = {3, 60, 255};
  unsigned long fast = 0;
  for (unsigned long i = 0; i < cases; i++) {
    const unsigned spread = SPREADS[i % 3];
    const uint64_t a = random_operand(23, 8, 127, spread), b = random_operand(23, 8, 127, spread);
    const uint64_t c = i & 8 ? random_operand(23, 8, 127, spread) : (uint32_t)cancelling(&FP_SINGLE, a, b);
    uint64_t result = 0;
    const bool taken = fast_fused_single((uint32_t)a, (uint32_t)b, (uint32_t)c, &result);
    fast += take(&FP_SINGLE, taken, result, a, b, c);
  }
  return fast;
}

int main(int count, char **arguments) {
  const unsigned long cases = count > 1 ? strtoul(arguments[1], NULL, 10) : CASES;
  CHECK(doubles(cases) > cases / 3);
  CHECK(singles(cases) > cases / 3);
  return check_result("fused multiply-add");
}
