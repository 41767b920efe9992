#include "quad.h"

#include <string.h>

#if __LDBL_MANT_DIG__ == 113
typedef long double quad;
#else
typedef __float128 quad;
#endif
typedef unsigned __int128 uint128;

enum { BIAS = 16383, FRACTION_BITS = 112 };
#define FRACTION_MASK (((uint128)1 << FRACTION_BITS) - 1)

static quad from_bits(uint128 bits) {
  quad value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint128 to_bits(quad value) {
  uint128 bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// 2^exponent, down to what is still normal.
static quad power_of_2(int32_t exponent) {
  return from_bits((uint128)(uint32_t)(exponent + BIAS) << FRACTION_BITS);
}

static quad from_real(struct real a) {
  quad value = (quad)a.significand * power_of_2(-63);
  int32_t exponent = a.exponent;
  if (exponent < -16000) {
    value *= power_of_2(-16000);
    exponent += 16000;
  }
  value *= power_of_2(exponent);
  return a.sign ? -value : value;
}

// hi * 2^exponent + lo * 2^(exponent - 64)
static quad constant(uint64_t high, uint64_t low, int32_t exponent) {
  return ((quad)high + (quad)low * power_of_2(-64)) * power_of_2(exponent);
}

static quad ln_2(void) {
  return constant(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af, -64);
}

static quad log2_e(void) {
  return constant(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88, -63);
}

static quad pi(void) {
  return constant(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1, -62);
}

static struct quad_value split(quad value) {
  const uint128 bits = to_bits(value);
  uint128 fraction = bits & FRACTION_MASK;
  int32_t exponent = (int32_t)((uint64_t)(bits >> FRACTION_BITS) & 0x7fff) - BIAS;
  if (exponent == -BIAS) {
    exponent = 1 - BIAS;
    while (fraction && !(fraction >> FRACTION_BITS)) {
      fraction <<= 1;
      exponent--;
    }
  } else {
    fraction |= (uint128)1 << FRACTION_BITS;
  }
  fraction <<= 127 - FRACTION_BITS;
  // Never exact: something is always left.
  return (struct quad_value){.sign = bits >> 127,
                             .exponent = exponent,
                             .significand = (uint64_t)(fraction >> 64),
                             .rest = (uint64_t)fraction | 1};
}

// Below this, functions that pass through the origin are their tangent; arguments are scaled so that nothing
// underflows.
enum { TINY_EXPONENT = -120 };

static struct quad_value scaled(quad value, int32_t exponent) {
  struct quad_value result = split(value);
  result.exponent += exponent;
  return result;
}

struct quad_value quad_exp2_minus_1(struct real x) {
  if (x.exponent < TINY_EXPONENT) {
    const int32_t exponent = x.exponent;
    x.exponent = 0;
    return scaled(from_real(x) * ln_2(), exponent);
  }
  const quad t = from_real(x) * ln_2();
  quad term = t, sum = t;
  for (int n = 2; n < 36; n++) {
    term = term * t / (quad)n;
    sum += term;
  }
  return split(sum);
}

// ln((1 + s) / (1 - s)), |s| < 0.18
static quad log_of_ratio(quad s) {
  const quad square = s * s;
  quad power = s, sum = s;
  for (int n = 3; n < 52; n += 2) {
    power *= square;
    sum += power / (quad)n;
  }
  return sum * (quad)2;
}

static quad log2_of(struct real x) {
  static const uint64_t ROOT_OF_2 = UINT64_C(0xb504f333f9de6484);
  int32_t exponent = x.exponent;
  x.exponent = 0;
  if (x.significand > ROOT_OF_2) {
    x.exponent = -1;
    exponent++;
  }
  const quad m = from_real(x);
  return (quad)exponent + log_of_ratio((m - (quad)1) / (m + (quad)1)) * log2_e();
}

struct quad_value quad_y_log2(struct real y, struct real x) {
  const int32_t exponent = y.exponent;
  y.exponent = 0;
  return scaled(from_real(y) * log2_of(x), exponent);
}

struct quad_value quad_y_log2_plus_1(struct real y, struct real x) {
  int32_t exponent = y.exponent;
  y.exponent = 0;
  if (x.exponent < TINY_EXPONENT) {
    exponent += x.exponent;
    x.exponent = 0;
    return scaled(from_real(y) * (from_real(x) * log2_e()), exponent);
  }
  const quad value = from_real(x);
  return scaled(from_real(y) * (log_of_ratio(value / (value + (quad)2)) * log2_e()), exponent);
}

static quad square_root(quad value) {
  // One Newton step doubles the good bits of the double's root.
  quad root = (quad)__builtin_sqrt((double)value);
  for (int i = 0; i < 2; i++)
    root = (root + value / root) / (quad)2;
  return root;
}

// 0 <= t <= 1. Each halving of the angle brings the series closer to its end.
static quad atan_of(quad t) {
  enum { HALVINGS = 3 };
  for (int i = 0; i < HALVINGS; i++)
    t = t / ((quad)1 + square_root((quad)1 + t * t));
  const quad square = t * t;
  quad power = t, sum = t;
  for (int n = 3; n < 40; n += 2) {
    power *= -square;
    sum += power / (quad)n;
  }
  return sum * (quad)(1 << HALVINGS);
}

struct quad_value quad_atan(struct real y, struct real x) {
  const bool sign = y.sign, negative = x.sign;
  y.sign = x.sign = false;
  const int32_t shift = x.exponent > y.exponent ? x.exponent : y.exponent;
  quad angle;
  if (y.kind == REAL_ZERO) {
    angle = (quad)0;
  } else if (x.kind == REAL_ZERO) {
    angle = pi() / (quad)2;
  } else if (y.exponent - x.exponent < -16000) {
    angle = power_of_2(-16000); // far below what rounding can see beside pi, and as a result it underflows alike
  } else if (y.exponent - x.exponent > 16000) {
    angle = pi() / (quad)2; // and what is missing is as far below
  } else {
    // Scaled, so that neither overflows.
    y.exponent -= shift;
    x.exponent -= shift;
    const quad a = from_real(y), b = from_real(x);
    angle = a <= b ? atan_of(a / b) : pi() / (quad)2 - atan_of(b / a);
  }
  if (negative)
    angle = pi() - angle;
  return split(sign ? -angle : angle);
}

// x modulo pi/2 with pi of 66 bits, as x87 has it (SDM 1, 8.3.8), and the quotient's low two bits.
static quad reduce(struct real x, unsigned *quadrant) {
  static const uint128 HALF_PI = ((uint128)3 << 64) | UINT64_C(0x243f6a8885a308d3); // 66 bits, unit 2^-65
  if (x.exponent < -1) {
    *quadrant = 0;
    x.sign = false;
    return from_real(x);
  }
  // x in units of 2^-65, bit by bit from the top.
  uint128 rest = 0;
  unsigned quotient = 0;
  for (int32_t bit = 0; bit <= x.exponent + 65; bit++) {
    rest = rest << 1 | (bit < 64 ? x.significand >> (63 - bit) & 1 : 0);
    quotient <<= 1;
    if (rest >= HALF_PI) {
      rest -= HALF_PI;
      quotient |= 1;
    }
  }
  *quadrant = quotient & 3;
  return (quad)(uint64_t)(rest >> 64) * power_of_2(-1) + (quad)(uint64_t)rest * power_of_2(-65);
}

// The next value towards zero: what stands for a result a little below one that has no more bits.
static quad below(quad value) {
  return from_bits(to_bits(value) - 1);
}

static quad sine_series(quad r) {
  const quad square = r * r;
  quad term = r, sum = r;
  for (int n = 3; n < 40; n += 2) {
    term *= -square / (quad)(n * (n - 1));
    sum += term;
  }
  return sum == r && r > (quad)0 ? below(sum) : sum;
}

static quad cosine_series(quad r) {
  const quad square = r * r;
  quad term = (quad)1, sum = term;
  for (int n = 2; n < 40; n += 2) {
    term *= -square / (quad)(n * (n - 1));
    sum += term;
  }
  return sum == (quad)1 ? below(sum) : sum;
}

static void sin_cos(struct real x, quad *sine, quad *cosine) {
  unsigned quadrant;
  quad r = reduce(x, &quadrant), s, c;
  // Above pi/4 the other function's series is shorter.
  static const double QUARTER = 0.7853981633974483;
  if (r > (quad)QUARTER) {
    r = constant(0xc90fdaa22168c234, UINT64_C(3) << 62, -63) - r;
    s = cosine_series(r);
    c = sine_series(r);
  } else {
    s = sine_series(r);
    c = cosine_series(r);
  }
  const quad by_quadrant[] = {s, c, -s, -c};
  *sine = x.sign ? -by_quadrant[quadrant] : by_quadrant[quadrant];
  *cosine = by_quadrant[(quadrant + 1) & 3];
}

void quad_sin_cos(struct real x, struct quad_value *sine, struct quad_value *cosine) {
  quad s, c;
  sin_cos(x, &s, &c);
  *sine = split(s);
  *cosine = split(c);
}

// The cosine is never zero: pi of 66 bits has no multiple of 64.
struct quad_value quad_tan(struct real x) {
  quad s, c;
  sin_cos(x, &s, &c);
  return split(s / c);
}
